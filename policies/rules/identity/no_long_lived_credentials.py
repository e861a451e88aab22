from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.checks import always, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example
from rolecall.policies.rule import Rule
from rolecall.policies.types import OBO_TOKEN, SERVICE_PRINCIPAL_SECRET, TOKEN

RULE = Rule(
    "no-long-lived-credentials",
    "No token and no service principal's secret is made.",
    Severity.CRITICAL,
    "https://docs.databricks.com/en/dev-tools/auth/pat.html",
    (Theme.CREDENTIALS,),
    (TOKEN, OBO_TOKEN, SERVICE_PRINCIPAL_SECRET),
    refuse(
        always,
        "it makes a credential that lasts",
        "Sign in with OAuth and workload identity federation: https://docs.databricks.com/en/dev-tools/auth/oauth-federation.html",
    ),
    Example(TOKEN, {"comment": "x"}, (), ()),
)
