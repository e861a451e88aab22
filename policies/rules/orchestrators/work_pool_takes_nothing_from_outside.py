from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import PREFECT_WORK_POOL


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    template = resource.properties.read("baseJobTemplate")
    open_ones = sorted(((template or {}).get("variables") or {}).get("properties") or {})
    if template is None or open_ones:
        shown = ", ".join(open_ones) or "everything that workers let be set by default"
        how = "Give it a template without variables; Rolecall's work pools have one."
        yield Finding(f"a user who may start a run can set how it is started: {shown}", how)


RULE = Rule(
    "work-pool-takes-nothing-from-outside",
    "A user who starts a run cannot set its command, variables or image.",
    Severity.HIGH,
    "https://docs.prefect.io/v3/how-to-guides/deployment_infra/manage-work-pools",
    (Theme.LEAST_PRIVILEGE,),
    (PREFECT_WORK_POOL,),
    _check,
    Example(
        PREFECT_WORK_POOL,
        {
            "name": "databricks-jobs-as-prod-churn-trainer",
            "managedBy": "rolecall:acme",
            "baseJobTemplate": {
                "variables": {"type": "object", "properties": {}},
                "job_configuration": {"command": None},
            },
        },
        (put("baseJobTemplate.variables.properties", {"command": {"type": "string"}}),),
        ("baseJobTemplate",),
    ),
)
