from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import PIPELINE


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if context.production_of(resource) and resource.properties.read("development"):
        how = "Write development: false."
        yield Finding("it runs in development mode in production: compute is kept, failures are not tried again", how)


RULE = Rule(
    "production-pipeline-in-production-mode",
    "Pipelines in production do not run in development mode.",
    Severity.LOW,
    "https://docs.databricks.com/en/dlt/configure-pipeline.html",
    (Theme.ENVIRONMENTS,),
    (PIPELINE,),
    _check,
    Example(PIPELINE, compliant.PIPELINE, (put("development", True),), ("development",)),
    needs_contract=True,
    needs=("production",),
    pack="compliance",
)
