from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.checks import is_on, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.types import ENTITLEMENTS, GROUP, SERVICE_PRINCIPAL

# https://docs.databricks.com/en/security/auth/entitlements.html
UNLIMITED_COMPUTE = ("allowClusterCreate", "allowInstancePoolCreate")


RULE = Rule(
    "no-compute-without-policy",
    "No group or service principal may make compute under no cluster policy.",
    Severity.HIGH,
    "https://docs.databricks.com/en/security/auth/entitlements.html",
    (Theme.LEAST_PRIVILEGE, Theme.CONFIGURATION),
    (GROUP, SERVICE_PRINCIPAL, ENTITLEMENTS),
    refuse(
        is_on(*UNLIMITED_COMPUTE),
        "{value} allows compute without a cluster policy",
        "Leave it off, and grant `run` on a cluster policy instead.",
    ),
    Example(
        GROUP,
        {"displayName": "x"},
        (put("allowClusterCreate", True), put("allowInstancePoolCreate", True)),
        ("allowClusterCreate",),
    ),
)
