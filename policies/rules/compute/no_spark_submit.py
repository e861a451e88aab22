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
        if task.is_set("sparkSubmitTask"):
            how = "Use a JAR, Python or notebook task: they run under Unity Catalog's access modes."
            yield Finding(f"{task.path} runs by spark-submit, past Unity Catalog", how)


RULE = Rule(
    "no-spark-submit",
    "No task runs by spark-submit.",
    (JOB,),
    _check,
    Severity.MEDIUM,
    "https://docs.databricks.com/en/jobs/spark-submit.html",
    pack="compliance",
    themes=(Theme.LEAST_PRIVILEGE,),
    example=Example(
        JOB,
        compliant.JOB_WITH_NEW_CLUSTER,
        (put("tasks", 0, "sparkSubmitTask", value={"parameters": ["--class", "Main"]}),),
        (("tasks",), ("tasks", 0)),
    ),
)
