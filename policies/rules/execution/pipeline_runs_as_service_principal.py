from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put, without
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import ALERT_V2, PIPELINE


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    properties = resource.properties
    how = "Write `runAs: {servicePrincipalName: …}`, a principal of the project."
    # The provider sends `runAsUserName` of an alert alone; of a pipeline it is what was read back.
    by_name = properties.is_set("runAsUserName") and resource.type == ALERT_V2
    if by_name or properties.is_set("runAs.userName"):
        yield Finding("it runs as a person", how)
    elif not properties.is_set("runAs.servicePrincipalName"):
        yield Finding("it runs as its deployer, with all of the deployer's permissions", how)


RULE = Rule(
    "pipeline-runs-as-service-principal",
    "Pipelines and alerts run as a service principal.",
    Severity.CRITICAL,
    "https://docs.databricks.com/en/dlt/configure-pipeline.html",
    (Theme.TRACEABILITY, Theme.LEAST_PRIVILEGE),
    (PIPELINE, ALERT_V2),
    _check,
    Example(
        PIPELINE,
        {
            "name": "features",
            "catalog": "acme",
            "runAs": {"servicePrincipalName": "1"},
            "libraries": [{"notebook": {"path": "/Workspace/churn/features"}}],
        },
        (
            without("runAs"),
            put("runAs", {"userName": "ada@example.com"}),
        ),
        ("runAs",),
    ),
)
