from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import PIPELINE


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.stack not in context.protected and resource.properties.read("continuous"):
        how = "Write continuous: false outside of production, and trigger it."
        yield Finding("it runs without end", how)


RULE = Rule(
    "pipeline-rests-outside-production",
    "Outside of production pipelines do not run without end.",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/dlt/configure-pipeline.html",
    (Theme.CAPACITY,),
    (PIPELINE,),
    _check,
    Example(
        PIPELINE,
        {"name": "features", "continuous": False},
        (put("continuous", True),),
        ("continuous",),
        stack="dev",
    ),
    needs_contract=True,
    needs=("production",),
    pack="cost",
)
