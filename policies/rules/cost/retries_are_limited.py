from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.checks import matches, refuse
from rolecall.policies.compute import tasks_of
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.types import JOB

RULE = Rule(
    "retries-are-limited",
    "Tasks are not tried again without end.",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/jobs/configure-task.html#retries",
    (Theme.CAPACITY,),
    (JOB,),
    refuse(
        matches("maxRetries", lambda retries: (retries or 0) < 0),
        "{part} is tried again without end",
        "Write max_retries: 3, or less.",
        tasks_of,
    ),
    Example(
        JOB,
        compliant.LIMITED_JOB,
        (put("tasks.0.maxRetries", -1),),
        ("tasks", "tasks.0", "tasks.0.maxRetries"),
    ),
    pack="cost",
)
