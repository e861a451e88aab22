from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put, without
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import JOB


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    how = "Write `run_as: NAME` in the job; NAME is one of the project's service_principals."
    if not resource.properties.is_set("runAs"):
        yield Finding("it runs as its deployer", how)
    elif resource.properties.is_set("runAs.userName"):
        yield Finding("it runs as a person", how)
    elif not resource.properties.is_set("runAs.servicePrincipalName"):
        yield Finding("its `run_as` names no identity", how)


RULE = Rule(
    "job-runs-as-service-principal",
    "Every job runs as a service principal.",
    Severity.CRITICAL,
    "https://docs.databricks.com/en/jobs/privileges.html#run-a-job-as-a-service-principal",
    (Theme.TRACEABILITY, Theme.LEAST_PRIVILEGE),
    (JOB,),
    _check,
    Example(
        JOB,
        compliant.JOB,
        (without("runAs"), put("runAs", {"userName": "ada@example.com"}), put("runAs", {})),
        ("runAs",),
    ),
)
