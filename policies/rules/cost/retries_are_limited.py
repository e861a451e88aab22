from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.compute import tasks
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import JOB


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    for task in tasks(resource.properties):
        if (task.read("maxRetries") or 0) < 0:
            yield Finding(f"{task.path} is tried again without end", "Write max_retries: 3, or less.")


RULE = Rule(
    "retries-are-limited",
    "Tasks are not tried again without end.",
    (JOB,),
    _check,
    Severity.MEDIUM,
    "https://docs.databricks.com/en/jobs/configure-task.html#retries",
    pack="cost",
    themes=(Theme.CAPACITY,),
    example=Example(
        JOB,
        compliant.LIMITED_JOB,
        (put("tasks", 0, "maxRetries", value=-1),),
        (("tasks",), ("tasks", 0), ("tasks", 0, "maxRetries")),
    ),
)
