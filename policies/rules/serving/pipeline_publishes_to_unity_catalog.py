from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, without
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import PIPELINE


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if not resource.properties.is_set("catalog"):
        how = "Write `catalog` and `schema`."
        yield Finding("it publishes past Unity Catalog, where everybody may read", how)


RULE = Rule(
    "pipeline-publishes-to-unity-catalog",
    "Pipelines publish to Unity Catalog.",
    (PIPELINE,),
    _check,
    Severity.MEDIUM,
    "https://docs.databricks.com/en/dlt/unity-catalog.html",
    pack="compliance",
    themes=(Theme.LEAST_PRIVILEGE, Theme.RECORDS),
    example=Example(PIPELINE, compliant.PIPELINE, (without("catalog"),), ()),
)
