"""Rules on model services and pipelines."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import MODEL_SERVING, PIPELINE

GATEWAY = "https://docs.databricks.com/en/ai-gateway/index.html"


def _is_limited(resource: Resource, context: Context) -> Iterator[Finding]:
    if not (resource.properties.read("aiGateway.rateLimits") or resource.properties.read("rateLimits")):
        how = "Write aiGateway.rateLimits, say calls for each user and minute."
        yield Finding("whoever may call it can call it without end", how)


def _calls_are_recorded(resource: Resource, context: Context) -> Iterator[Finding]:
    if not resource.properties.read("aiGateway.inferenceTableConfig.enabled"):
        how = "Write aiGateway.inferenceTableConfig with a catalog and a schema, and enabled: true."
        yield Finding("nobody can tell later what it was asked and what it answered", how)


def _pipeline_has_a_catalog(resource: Resource, context: Context) -> Iterator[Finding]:
    if not resource.properties.is_set("catalog"):
        how = "Write `catalog` and `schema`."
        yield Finding("it publishes past Unity Catalog, where everybody may read", how)


def _pipeline_is_in_production_mode(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.stack in context.protected and resource.properties.read("development"):
        how = "Write development: false."
        yield Finding("it runs in development mode in production: compute is kept, failures are not tried again", how)


COMPLIANCE_RULES = (
    Rule(
        "model-service-is-limited",
        "Calls of a model service are limited.",
        (MODEL_SERVING,),
        _is_limited,
        Severity.MEDIUM,
        GATEWAY,
    ),
    Rule(
        "model-calls-are-recorded",
        "What a model service is asked and answers is recorded.",
        (MODEL_SERVING,),
        _calls_are_recorded,
        Severity.MEDIUM,
        "https://docs.databricks.com/en/ai-gateway/inference-tables.html",
    ),
    Rule(
        "pipeline-publishes-to-unity-catalog",
        "Pipelines publish to Unity Catalog.",
        (PIPELINE,),
        _pipeline_has_a_catalog,
        Severity.MEDIUM,
        "https://docs.databricks.com/en/dlt/unity-catalog.html",
    ),
    Rule(
        "production-pipeline-in-production-mode",
        "Pipelines in production do not run in development mode.",
        (PIPELINE,),
        _pipeline_is_in_production_mode,
        Severity.LOW,
        "https://docs.databricks.com/en/dlt/configure-pipeline.html",
        needs_contract=True,
        needs=("production",),
    ),
)
