from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.everybody import is_everybody
from rolecall.policies.example import Example, changed, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import PERMISSIONS

VIEW_LEVELS = ("CAN_VIEW", "CAN_READ")


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    for entry in resource.properties.items("accessControls"):
        group, level = entry.read("groupName"), entry.read("permissionLevel")
        if is_everybody(group) and level not in VIEW_LEVELS:
            how = f"Allowed: {' or '.join(VIEW_LEVELS)}. Bind a group of the people who need more."
            yield Finding(f"{entry.path} grants {level} to {group!r}, which is everybody", how)


RULE = Rule(
    "all-users-only-view",
    "The group of all users never gets more than view.",
    Severity.CRITICAL,
    "https://docs.databricks.com/en/security/auth/access-control/index.html",
    (Theme.LEAST_PRIVILEGE,),
    (PERMISSIONS,),
    _check,
    Example(
        PERMISSIONS,
        changed(compliant.PERMISSIONS, put("accessControls.3", {"groupName": "users", "permissionLevel": "CAN_VIEW"})),
        (
            put("accessControls.3.permissionLevel", "CAN_MANAGE_RUN"),
            put("accessControls.4", {"groupName": "account users", "permissionLevel": "CAN_USE"}),
        ),
        (compliant.ENTRIES, "accessControls.1", "accessControls.1.groupName", "accessControls.1.permissionLevel"),
    ),
)
