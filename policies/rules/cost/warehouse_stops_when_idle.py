from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.costs import IDLE, idle_end, set_idle
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import SQL_ENDPOINT


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    # The provider's own default is 120 minutes.
    minutes = resource.properties.read("autoStopMins")
    yield from idle_end(120 if minutes is None else minutes, context.max_idle_minutes, "")


RULE = Rule(
    "warehouse-stops-when-idle",
    "Idle SQL warehouses stop.",
    Severity.HIGH,
    "https://docs.databricks.com/en/compute/sql-warehouse/create.html",
    (Theme.CAPACITY,),
    (SQL_ENDPOINT,),
    _check,
    Example(
        SQL_ENDPOINT,
        compliant.WAREHOUSE,
        (put("autoStopMins", 0), put("autoStopMins", 121)),
        ("autoStopMins",),
    ),
    parameters=IDLE,
    remedy=set_idle("autoStopMins"),
    pack="cost",
)
