from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import GROUP_ROLE, SERVICE_PRINCIPAL_ROLE, USER_ROLE


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    role = str(resource.properties.read("role") or "")
    if re.search(r"admin|manager|assumer", role, re.I):
        how = "Account administrators are named in the account console, by two people, and few in number."
        yield Finding(f"it grants the role {role}", how)
    elif "instance-profile/" in role or role.startswith("arn:"):
        how = "Access data through Unity Catalog, which checks the caller's grants."
        yield Finding("it allows a principal to use an instance profile, whose permissions are not visible here", how)


RULE = Rule(
    "no-strong-role-by-the-side",
    "No administrator's role and no instance profile is given to a principal.",
    Severity.CRITICAL,
    "https://docs.databricks.com/en/admin/users-groups/index.html",
    (Theme.ADMINISTRATORS,),
    (GROUP_ROLE, USER_ROLE, SERVICE_PRINCIPAL_ROLE),
    _check,
    Example(
        SERVICE_PRINCIPAL_ROLE,
        {"servicePrincipalId": "1", "role": "viewer"},
        (put("role", "account_admin"), put("role", "arn:aws:iam::1:instance-profile/all")),
        ("role",),
    ),
)
