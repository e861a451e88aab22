from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put, without
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import MODEL_SERVING


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.stack in context.protected:
        return
    for entity in resource.properties.items("config.servedEntities"):
        if not entity.is_set("externalModel") and entity.read("scaleToZeroEnabled") is not True:
            how = "Write scaleToZeroEnabled: true outside of production."
            yield Finding(f"{entity.path} runs while idle", how)


RULE = Rule(
    "model-service-sleeps-when-idle",
    "Outside of production idle model services cost nothing.",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/machine-learning/model-serving/create-manage-serving-endpoints.html",
    (Theme.CAPACITY,),
    (MODEL_SERVING,),
    _check,
    Example(
        MODEL_SERVING,
        {
            "name": "churn",
            "config": {
                "servedEntities": [{"entityName": "acme.churn.model", "entityVersion": "1", "scaleToZeroEnabled": True}]
            },
        },
        (
            put("config.servedEntities.0.scaleToZeroEnabled", False),
            without("config.servedEntities.0.scaleToZeroEnabled"),
        ),
        ("config", "config.servedEntities", "config.servedEntities.0"),
        stack="dev",
    ),
    needs_contract=True,
    needs=("production",),
    pack="cost",
)
