from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import ENTITLEMENTS


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.is_set("userId"):
        how = "Give entitlements to a group of the identity provider."
        yield Finding("it gives entitlements to a single person", how)


RULE = Rule(
    "entitlements-to-groups",
    "Entitlements go to groups and service principals, never to persons.",
    (ENTITLEMENTS,),
    _check,
    Severity.HIGH,
    "https://docs.databricks.com/en/security/auth/entitlements.html",
    themes=(Theme.LEAST_PRIVILEGE, Theme.LIFECYCLE),
    example=Example(ENTITLEMENTS, {"groupId": "1", "workspaceAccess": True}, (put("userId", value="7"),), ()),
)
