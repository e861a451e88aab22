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
        if task.is_set("existingClusterId"):
            how = "Use a job cluster: a shared one runs with rights that others left on it."
            yield Finding(f"{task.path} runs on an existing cluster", how)


RULE = Rule(
    "job-on-its-own-cluster",
    "Jobs do not run on clusters that others share.",
    (JOB,),
    _check,
    Severity.MEDIUM,
    "https://docs.databricks.com/en/jobs/compute.html",
    themes=(Theme.LEAST_PRIVILEGE,),
    example=Example(JOB, compliant.JOB, (put("tasks", 0, "existingClusterId", value="c"),), (("tasks",), ("tasks", 0))),
)
