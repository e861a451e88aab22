from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rights import ORCHESTRATORS
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CONDUCTOR_PERMISSIONS


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    for holder in resource.properties.items("holders"):
        if holder.read("type") == "USER":
            how = "Grant it to a group of the identity provider and add the person to that group."
            yield Finding(f"{holder.path} grants {holder.read('name')} permissions as a single person", how)


RULE = Rule(
    "workflow-to-groups-not-persons",
    "Rights on workflows are given to groups and applications, not to persons.",
    Severity.HIGH,
    "https://orkes.io/content/access-control-and-security/users-and-groups",
    (Theme.LEAST_PRIVILEGE, Theme.LIFECYCLE),
    ORCHESTRATORS,
    _check,
    Example(
        CONDUCTOR_PERMISSIONS,
        {
            "targetType": "WORKFLOW_DEF",
            "targetId": "prod-churn-train",
            "holders": [{"type": "GROUP", "name": "analysts", "access": ["READ"]}],
        },
        (put("holders.0.type", "USER"),),
        ("holders", "holders.0", "holders.0.type"),
    ),
)
