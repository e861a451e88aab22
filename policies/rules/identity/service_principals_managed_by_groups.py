from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.everybody import is_everybody
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import ACCESS_CONTROL_RULE_SET


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    for rule in resource.properties.items("grantRules"):
        role = str(rule.read("role") or "")
        if "admin" in role.lower():
            how = "Account administrators are named in the account console, by two people, and few in number."
            yield Finding(f"{rule.path} grants the role {role}", how)
        for principal in rule.known("principals"):
            kind, _, name = str(principal).partition("/")
            if kind == "users":
                how = "Give the role to a group of the identity provider."
                yield Finding(f"{rule.path} grants {rule.read('role')} to a person", how)
            elif kind == "groups" and is_everybody(name):
                how = "Give the role to the group whose jobs run as this principal."
                yield Finding(f"{rule.path} grants {rule.read('role')} to {name!r}, which is everybody", how)


RULE = Rule(
    "service-principals-managed-by-groups",
    "Who uses or manages a service principal is a group, neither a person nor everybody.",
    Severity.CRITICAL,
    "https://docs.databricks.com/en/security/auth/access-control/service-principal-acl.html",
    (Theme.ADMINISTRATORS, Theme.LIFECYCLE),
    (ACCESS_CONTROL_RULE_SET,),
    _check,
    Example(
        ACCESS_CONTROL_RULE_SET,
        {
            "name": "accounts/a/servicePrincipals/b/ruleSets/default",
            "grantRules": [
                {"role": "roles/servicePrincipal.user", "principals": ["groups/analysts", "servicePrincipals/1"]},
                {"role": "roles/servicePrincipal.manager", "principals": ["groups/emergency"]},
            ],
        },
        (
            put("grantRules.0.principals.0", "users/ada@example.com"),
            put("grantRules.1.principals.0", "groups/account users"),
        ),
        ("grantRules", "grantRules.0", "grantRules.0.principals"),
    ),
)
