from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CONDUCTOR_GROUP

# Roles that grant nothing on what others own.
_HARMLESS = frozenset({"USER", "USER_READ_ONLY"})


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    roles = {str(one) for one in resource.properties.read("roles") or []} - _HARMLESS
    if roles and resource.properties.read("name") != context.break_glass:
        how = "Leave it USER: permissions on definitions decide what members may do. Only break-glass administers."
        named = ", ".join(sorted(roles))
        yield Finding(f"every member may change what others own, by {named}, regardless of permissions", how)


RULE = Rule(
    "orchestrator-administered-by-few",
    "No group administers an orchestrator but break-glass.",
    Severity.CRITICAL,
    "https://orkes.io/content/access-control-and-security/users-and-groups",
    (Theme.ADMINISTRATORS,),
    (CONDUCTOR_GROUP,),
    _check,
    Example(
        CONDUCTOR_GROUP,
        {"name": "analysts", "managedBy": "rolecall:acme", "roles": ["USER"]},
        (put("roles", ["ADMIN"]),),
        ("roles",),
    ),
)
