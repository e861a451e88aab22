from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.checks import is_set, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.types import ENTITLEMENTS

RULE = Rule(
    "entitlements-to-groups",
    "Entitlements go to groups and service principals, never to persons.",
    Severity.HIGH,
    "https://docs.databricks.com/en/security/auth/entitlements.html",
    (Theme.LEAST_PRIVILEGE, Theme.LIFECYCLE),
    (ENTITLEMENTS,),
    refuse(
        is_set("userId"),
        "it grants entitlements to a single person",
        "Grant entitlements to a group of the identity provider.",
    ),
    Example(ENTITLEMENTS, {"groupId": "1", "workspaceAccess": True}, (put("userId", "7"),), ()),
)
