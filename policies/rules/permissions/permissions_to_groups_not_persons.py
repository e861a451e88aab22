from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import PERMISSIONS


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    for entry in resource.properties.items("accessControls"):
        if entry.is_set("userName"):
            how = "Grant it to a group of the identity provider and add the person to that group."
            yield Finding(f"{entry.path} grants {entry.read('permissionLevel')} to a person", how)


RULE = Rule(
    "permissions-to-groups-not-persons",
    "Permissions go to groups and service principals, never to persons.",
    Severity.HIGH,
    "https://docs.databricks.com/en/security/auth/access-control/index.html",
    (Theme.LEAST_PRIVILEGE, Theme.LIFECYCLE),
    (PERMISSIONS,),
    _check,
    Example(
        PERMISSIONS,
        compliant.PERMISSIONS,
        (put("accessControls.3", {"userName": "ada@example.com", "permissionLevel": "CAN_VIEW"}),),
        (compliant.ENTRIES, "accessControls.1"),
    ),
)
