from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put, without
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import MODEL_SERVING


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if not (resource.properties.read("aiGateway.rateLimits") or resource.properties.read("rateLimits")):
        how = "Write aiGateway.rateLimits, say calls for each user and minute."
        yield Finding("calls are not limited", how)


RULE = Rule(
    "model-service-is-limited",
    "Calls of a model service are limited.",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/ai-gateway/index.html",
    (Theme.CAPACITY, Theme.CONFIGURATION),
    (MODEL_SERVING,),
    _check,
    Example(
        MODEL_SERVING,
        compliant.RECORDED_SERVING,
        (without("aiGateway.rateLimits"), put("aiGateway.rateLimits", [])),
        ("aiGateway", "aiGateway.rateLimits"),
    ),
    pack="compliance",
)
