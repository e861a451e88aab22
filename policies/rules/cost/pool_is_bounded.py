from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put, without
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import INSTANCE_POOL


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if not resource.properties.read("maxCapacity"):
        yield Finding("it may grow without end", "Write maxCapacity.")
    if (resource.properties.read("minIdleInstances") or 0) > 0 and resource.stack not in context.protected:
        how = "Write minIdleInstances: 0; a pool that is empty costs nothing."
        yield Finding(f"{resource.properties.read('minIdleInstances')} idle machines are kept", how)


RULE = Rule(
    "pool-is-bounded",
    "A pool has a maximum, and outside of production keeps no idle machines.",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/compute/pools.html",
    (Theme.CAPACITY,),
    (INSTANCE_POOL,),
    _check,
    Example(
        INSTANCE_POOL,
        compliant.POOL,
        (without("maxCapacity"), put("minIdleInstances", 3)),
        ("maxCapacity", "minIdleInstances"),
        stack="dev",
    ),
    pack="cost",
)
