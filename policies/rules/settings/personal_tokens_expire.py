from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.organization import MAX_TOKEN_DAYS
from rolecall.policies.parameters import limit_parameter
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.settings import key_of
from rolecall.policies.types import WORKSPACE_CONF


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    days = key_of(resource, "maxTokenLifetimeDays")
    if days is None:
        return
    if not days.isdigit() or not 0 < int(days) <= context.max_token_days:
        lasts = f"{days} days" if days.isdigit() and int(days) else "for ever"
        how = f"Allowed: 1 to {context.max_token_days} days; better none: let workloads sign in with OAuth."
        yield Finding(f"personal access tokens may last {lasts}", how)


RULE = Rule(
    "personal-tokens-expire",
    "Personal access tokens last no longer than agreed upon.",
    Severity.HIGH,
    "https://docs.databricks.com/en/admin/access-control/tokens.html",
    (Theme.CREDENTIALS,),
    (WORKSPACE_CONF,),
    _check,
    Example(
        WORKSPACE_CONF,
        compliant.WORKSPACE_CONFIGURATION,
        (
            put("customConfig.maxTokenLifetimeDays", "0"),
            put("customConfig.maxTokenLifetimeDays", "91"),
            put("customConfig.maxTokenLifetimeDays", "long"),
        ),
        ("customConfig",),
    ),
    parameters=limit_parameter("max_token_days", MAX_TOKEN_DAYS),
)
