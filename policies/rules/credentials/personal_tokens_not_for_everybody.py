from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.everybody import is_everybody
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import PERMISSIONS


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.read("authorization") != "tokens":
        return
    for entry in resource.properties.items("accessControls"):
        if is_everybody(entry.read("groupName")) or entry.is_set("userName"):
            how = "Allow service principals and small groups only, or better none, to create tokens."
            yield Finding(f"{entry.path} allows {entry.read('groupName') or 'a person'} to create personal tokens", how)


RULE = Rule(
    "personal-tokens-not-for-everybody",
    "Neither everybody nor a single person may make personal access tokens.",
    Severity.HIGH,
    "https://docs.databricks.com/en/security/auth/api-access-permissions.html",
    (Theme.CREDENTIALS,),
    (PERMISSIONS,),
    _check,
    Example(
        PERMISSIONS,
        compliant.TOKENS,
        (
            put("accessControls.0.groupName", "users"),
            put("accessControls.1", {"userName": "ada@example.com", "permissionLevel": "CAN_USE"}),
        ),
        ("authorization", "accessControls", "accessControls.0", "accessControls.0.groupName"),
    ),
)
