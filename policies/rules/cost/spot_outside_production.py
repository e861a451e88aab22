from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.clusters import clusters_of
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CLUSTER, JOB, PIPELINE


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.stack in context.protected:
        return
    for cluster in clusters_of(resource):
        for cloud, on_demand in (("awsAttributes", "ON_DEMAND"), ("azureAttributes", "ON_DEMAND_AZURE")):
            if cluster.read(f"{cloud}.availability") == on_demand:
                how = "Use spot machines with a fallback outside of production: they cost a fraction."
                yield Finding(f"{cluster.path or 'it'} runs on machines at full price", how)


RULE = Rule(
    "spot-outside-production",
    "Outside of production compute does not run at full price.",
    Severity.LOW,
    "https://docs.databricks.com/en/lakehouse-architecture/cost-optimization/best-practices.html",
    (Theme.CAPACITY,),
    (CLUSTER, JOB, PIPELINE),
    _check,
    Example(
        JOB,
        compliant.LIMITED_JOB,
        (
            put("tasks.0.newCluster.awsAttributes.availability", "ON_DEMAND"),
            put("tasks.0.newCluster.azureAttributes", {"availability": "ON_DEMAND_AZURE"}),
        ),
        compliant.CLUSTERS_PATHS,
        stack="dev",
    ),
    needs_contract=True,
    needs=("production",),
    pack="cost",
)
