from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.compute import definition_of
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put, without
from rolecall.policies.organization import MAX_IDLE_MINUTES
from rolecall.policies.parameters import limit_parameter
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CLUSTER_POLICY

IDLE = "autotermination_minutes"


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    limit = context.max_idle_minutes
    family = resource.properties.read("policyFamilyId")
    definition = definition_of(resource.properties)
    if definition is None:
        yield Finding("its definition is not valid JSON", "Write a policy definition, a JSON object.")
        return
    only_jobs = definition.get("cluster_type", {}).get("value") == "job"
    if family == "job-cluster" or only_jobs:
        return  # a job's cluster ends with the run
    element = definition.get(IDLE, {})
    kind = element.get("type")
    minutes = element.get("value") if kind == "fixed" else element.get("maxValue") if kind == "range" else None
    allowed = f"Allowed: 1 to {limit} minutes. Write `idle_minutes: 30`, or fix {IDLE} in the definition."
    if minutes is None:
        yield Finding(f"nothing ends idle clusters: the policy does not limit {IDLE}", allowed)
    elif not 0 < minutes <= limit:
        found = "never end" if minutes == 0 else f"end after {minutes} minutes"
        yield Finding(f"idle clusters {found}", allowed)
    elif kind == "range" and element.get("minValue", 0) < 1:
        yield Finding(f"{IDLE} may be 0, which means never", f"{allowed} Give the range a minValue of 1.")


RULE = Rule(
    "cluster-policy-ends-idle-clusters",
    "Every cluster policy ends idle clusters.",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/compute/clusters-manage.html#automatic-termination",
    (Theme.CAPACITY,),
    (CLUSTER_POLICY,),
    _check,
    Example(
        CLUSTER_POLICY,
        compliant.POLICY,
        (
            put("definition", "{}"),
            put("definition", "no json"),
            put("definition", compliant.definition(autotermination_minutes={"type": "fixed", "value": 0})),
            put("definition", compliant.definition(autotermination_minutes={"type": "fixed", "value": 121})),
            put("definition", compliant.definition(autotermination_minutes={"type": "range", "maxValue": 60})),
            put("definition", compliant.definition(autotermination_minutes={"type": "unlimited"})),
            without("definition"),
        ),
        ("definition",),
    ),
    parameters=limit_parameter("max_idle_minutes", MAX_IDLE_MINUTES),
)
