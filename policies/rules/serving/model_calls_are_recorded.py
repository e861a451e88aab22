from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.checks import not_on, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put, without
from rolecall.policies.rule import Rule
from rolecall.policies.types import MODEL_SERVING

RULE = Rule(
    "model-calls-are-recorded",
    "What a model service is asked and answers is recorded.",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/ai-gateway/inference-tables.html",
    (Theme.LOGGING,),
    (MODEL_SERVING,),
    refuse(
        not_on("aiGateway.inferenceTableConfig.enabled"),
        "its requests and responses are not recorded",
        "Write aiGateway.inferenceTableConfig with a catalog and a schema, and enabled: true.",
    ),
    Example(
        MODEL_SERVING,
        compliant.RECORDED_SERVING,
        (
            without("aiGateway.inferenceTableConfig"),
            put("aiGateway.inferenceTableConfig.enabled", False),
        ),
        ("aiGateway", "aiGateway.inferenceTableConfig.enabled"),
    ),
    pack="compliance",
)
