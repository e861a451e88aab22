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
    "job-on-its-own-cluster",
    "Jobs do not run on clusters that others share.",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/jobs/compute.html",
    (Theme.LEAST_PRIVILEGE,),
    (JOB,),
    refuse(
        is_set("existingClusterId"),
        "{part} runs on an existing cluster",
        "Use a job cluster: a shared one runs with rights that others left on it.",
        tasks_of,
    ),
    Example(JOB, compliant.JOB, (put("tasks.0.existingClusterId", "c"),), ("tasks", "tasks.0")),
)
