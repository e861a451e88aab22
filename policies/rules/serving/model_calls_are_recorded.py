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
    if not resource.properties.read("aiGateway.inferenceTableConfig.enabled"):
        how = "Write aiGateway.inferenceTableConfig with a catalog and a schema, and enabled: true."
        yield Finding("its requests and responses are not recorded", how)


RULE = Rule(
    "model-calls-are-recorded",
    "What a model service is asked and answers is recorded.",
    (MODEL_SERVING,),
    _check,
    Severity.MEDIUM,
    "https://docs.databricks.com/en/ai-gateway/inference-tables.html",
    pack="compliance",
    themes=(Theme.LOGGING,),
    example=Example(
        MODEL_SERVING,
        compliant.RECORDED_SERVING,
        (
            without("aiGateway", "inferenceTableConfig"),
            put("aiGateway", "inferenceTableConfig", "enabled", value=False),
        ),
        (("aiGateway",), ("aiGateway", "inferenceTableConfig", "enabled")),
    ),
)
