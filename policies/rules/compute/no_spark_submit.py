from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.checks import is_set, refuse
from rolecall.policies.compute import tasks_of
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.types import JOB

RULE = Rule(
    "no-spark-submit",
    "No task runs by spark-submit.",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/jobs/spark-submit.html",
    (Theme.LEAST_PRIVILEGE,),
    (JOB,),
    refuse(
        is_set("sparkSubmitTask"),
        "{part} runs by spark-submit, past Unity Catalog",
        "Use a JAR, Python or notebook task: they run under Unity Catalog's access modes.",
        tasks_of,
    ),
    Example(
        JOB,
        compliant.JOB_WITH_NEW_CLUSTER,
        (put("tasks.0.sparkSubmitTask", {"parameters": ["--class", "Main"]}),),
        ("tasks", "tasks.0"),
    ),
    pack="compliance",
)
