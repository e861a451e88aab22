from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.organization import MAX_RUNS
from rolecall.policies.parameters import limit_parameter
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import JOB


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    runs = resource.properties.read("maxConcurrentRuns") or 1
    if runs > context.max_runs:
        yield Finding(f"{runs} runs may go on at once", f"Allowed: up to {context.max_runs}.")


RULE = Rule(
    "runs-are-limited",
    "Only so many runs of a job go on at once.",
    Severity.LOW,
    "https://docs.databricks.com/en/jobs/configure-job.html#maximum-concurrent-runs",
    (Theme.CAPACITY,),
    (JOB,),
    _check,
    Example(JOB, compliant.LIMITED_JOB, (put("maxConcurrentRuns", 11),), ("maxConcurrentRuns",)),
    parameters=limit_parameter("max_runs", MAX_RUNS),
    pack="cost",
)
