from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.costs import IDLE, idle_end, set_idle
from rolecall.policies.example import Example, put, without
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CLUSTER


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    yield from idle_end(
        resource.properties.read("autoterminationMinutes"), context.max_idle_minutes, "nothing ends it when it is idle"
    )


RULE = Rule(
    "cluster-ends-when-idle",
    "Idle clusters end.",
    Severity.HIGH,
    "https://docs.databricks.com/en/lakehouse-architecture/cost-optimization/best-practices.html",
    (Theme.CAPACITY,),
    (CLUSTER,),
    _check,
    Example(
        CLUSTER,
        compliant.CLUSTER,
        (
            put("autoterminationMinutes", 0),
            put("autoterminationMinutes", 121),
            without("autoterminationMinutes"),
        ),
        ("autoterminationMinutes",),
    ),
    parameters=IDLE,
    remedy=set_idle("autoterminationMinutes"),
    pack="cost",
)
