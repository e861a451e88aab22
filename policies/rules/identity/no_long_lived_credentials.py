from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import OBO_TOKEN, SERVICE_PRINCIPAL_SECRET, TOKEN


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    how = "Sign in with OAuth and workload identity federation: https://docs.databricks.com/en/dev-tools/auth/oauth-federation.html"
    yield Finding("it makes a credential that lasts", how)


RULE = Rule(
    "no-long-lived-credentials",
    "No token and no service principal's secret is made.",
    (TOKEN, OBO_TOKEN, SERVICE_PRINCIPAL_SECRET),
    _check,
    Severity.CRITICAL,
    "https://docs.databricks.com/en/dev-tools/auth/pat.html",
    themes=(Theme.CREDENTIALS,),
    example=Example(TOKEN, {"comment": "x"}, (), ()),
)
