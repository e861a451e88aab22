from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import GROUP_MEMBER


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    how = "Put the member into the group in the identity provider; a nested group gets all that the outer one holds."
    yield Finding("it puts a member into a group past the identity provider", how)


RULE = Rule(
    "members-come-from-identity-provider",
    "Only the identity provider adds members to groups.",
    (GROUP_MEMBER,),
    _check,
    Severity.HIGH,
    "https://docs.databricks.com/en/admin/users-groups/scim/index.html",
    themes=(Theme.LIFECYCLE,),
    example=Example(GROUP_MEMBER, {"groupId": "1", "memberId": "2"}, (), ()),
)
