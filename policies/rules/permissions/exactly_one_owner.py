from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.kinds.registry import KINDS
from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put, without
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import PERMISSIONS

# What has exactly one owner, by the property that names it.
OWNED = {
    kind.access.object_property: kind.noun for kind in KINDS if kind.owner is not None and kind.owner.by == "level"
}


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    noun = next((noun for name, noun in OWNED.items() if resource.properties.is_set(name)), None)
    if noun is None:
        return
    owners = [e for e in resource.properties.items("accessControls") if e.read("permissionLevel") == "IS_OWNER"]
    if len(owners) != 1:
        yield Finding(f"the {noun} would have {len(owners) or 'no'} owners", "Name exactly one, a service principal.")
    elif owners[0].is_set("groupName"):
        how = f"In Databricks only a service principal or user can own a {noun}."
        yield Finding(f"the {noun} would be owned by a group", how)


RULE = Rule(
    "exactly-one-owner",
    "Every job and SQL warehouse keeps exactly one owner.",
    Severity.HIGH,
    "https://docs.databricks.com/en/security/auth/access-control/index.html",
    (Theme.LIFECYCLE,),
    (PERMISSIONS,),
    _check,
    Example(
        PERMISSIONS,
        compliant.PERMISSIONS,
        (
            without("accessControls.2"),
            put("accessControls.3", {"servicePrincipalName": "2", "permissionLevel": "IS_OWNER"}),
            put("accessControls.2", {"groupName": "engineers", "permissionLevel": "IS_OWNER"}),
            without("accessControls"),
        ),
        (compliant.ENTRIES, "accessControls.2", "accessControls.2.permissionLevel"),
    ),
)
