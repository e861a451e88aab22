from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import USER


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    how = "Take it out: automatic identity management or SCIM brings the person, and takes them away again."
    yield Finding("it makes a person whom the identity provider does not know to belong here", how)


RULE = Rule(
    "persons-come-from-identity-provider",
    "No person is declared: the identity provider brings people and takes them away.",
    (USER,),
    _check,
    Severity.HIGH,
    "https://docs.databricks.com/en/admin/users-groups/scim/index.html",
    themes=(Theme.LIFECYCLE,),
    example=Example(USER, {"userName": "ada@example.com"}, (), ()),
)
