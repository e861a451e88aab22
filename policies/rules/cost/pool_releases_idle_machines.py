from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.costs import IDLE
from rolecall.policies.example import Example, put, without
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import INSTANCE_POOL


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    minutes, limit = resource.properties.read("idleInstanceAutoterminationMinutes"), context.max_idle_minutes
    if minutes is None or minutes > limit:
        lasts = "for ever" if minutes is None else f"for {minutes} minutes"
        yield Finding(f"idle machines are kept {lasts}", f"Allowed: 0 to {limit} minutes.")


RULE = Rule(
    "pool-releases-idle-machines",
    "Idle machines of a pool go.",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/compute/pools.html",
    (Theme.CAPACITY,),
    (INSTANCE_POOL,),
    _check,
    Example(
        INSTANCE_POOL,
        compliant.POOL,
        (
            put("idleInstanceAutoterminationMinutes", 121),
            without("idleInstanceAutoterminationMinutes"),
        ),
        ("idleInstanceAutoterminationMinutes",),
    ),
    parameters=IDLE,
    pack="cost",
)
