from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.checks import always, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example
from rolecall.policies.rule import Rule
from rolecall.policies.types import USER

RULE = Rule(
    "persons-come-from-identity-provider",
    "No person is declared: the identity provider provisions and removes people.",
    Severity.HIGH,
    "https://docs.databricks.com/en/admin/users-groups/scim/index.html",
    (Theme.LIFECYCLE,),
    (USER,),
    refuse(
        always,
        "it creates a user whom the identity provider does not provision here",
        "Remove it: automatic identity management or SCIM provisions the person, and removes them again.",
    ),
    Example(USER, {"userName": "ada@example.com"}, (), ()),
)
