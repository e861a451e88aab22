from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.compute import tasks
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put, without
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import JOB


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.is_set("continuous") or resource.properties.read("timeoutSeconds"):
        return
    endless = [task.path for task in tasks(resource.properties) if not task.read("timeoutSeconds")]
    if endless or not resource.properties.read("tasks"):
        how = "Write timeout_seconds in the job: several times its longest usual duration."
        yield Finding("a run that hangs never ends, and costs", how)


RULE = Rule(
    "job-has-timeout",
    "A run that hangs is ended.",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/jobs/configure-task.html#timeout",
    (Theme.CAPACITY,),
    (JOB,),
    _check,
    Example(
        JOB,
        compliant.LIMITED_JOB,
        (without("timeoutSeconds"), put("timeoutSeconds", 0)),
        ("timeoutSeconds",),
    ),
    pack="cost",
)
