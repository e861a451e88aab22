from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import ENTITLEMENTS, GROUP, SERVICE_PRINCIPAL

# https://docs.databricks.com/en/security/auth/entitlements.html
UNLIMITED_COMPUTE = ("allowClusterCreate", "allowInstancePoolCreate")


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    for entitlement in UNLIMITED_COMPUTE:
        if resource.properties.read(entitlement):
            how = "Leave it off, and give `run` on a cluster policy instead."
            yield Finding(f"{entitlement} lets it make compute under no cluster policy", how)


RULE = Rule(
    "no-compute-without-policy",
    "No group or service principal may make compute under no cluster policy.",
    (GROUP, SERVICE_PRINCIPAL, ENTITLEMENTS),
    _check,
    Severity.HIGH,
    "https://docs.databricks.com/en/security/auth/entitlements.html",
    themes=(Theme.LEAST_PRIVILEGE, Theme.CONFIGURATION),
    example=Example(
        GROUP,
        {"displayName": "x"},
        (put("allowClusterCreate", value=True), put("allowInstancePoolCreate", value=True)),
        (("allowClusterCreate",),),
    ),
)
