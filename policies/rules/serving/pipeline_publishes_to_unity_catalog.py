from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.checks import not_set, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, without
from rolecall.policies.rule import Rule
from rolecall.policies.types import PIPELINE

RULE = Rule(
    "pipeline-publishes-to-unity-catalog",
    "Pipelines publish to Unity Catalog.",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/dlt/unity-catalog.html",
    (Theme.LEAST_PRIVILEGE, Theme.RECORDS),
    (PIPELINE,),
    refuse(
        not_set("catalog"), "it publishes past Unity Catalog, where everybody may read", "Write `catalog` and `schema`."
    ),
    Example(PIPELINE, compliant.PIPELINE, (without("catalog"),), ()),
    pack="compliance",
)
