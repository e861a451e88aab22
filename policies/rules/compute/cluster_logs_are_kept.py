from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, without
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CLUSTER


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if not resource.properties.is_set("clusterLogConf"):
        how = "Write clusterLogConf with a volume, so that what happened can be read when the cluster is gone."
        yield Finding("its logs go with it", how)


RULE = Rule(
    "cluster-logs-are-kept",
    "Logs of clusters outlive them.",
    (CLUSTER,),
    _check,
    Severity.LOW,
    "https://docs.databricks.com/en/compute/configure.html#compute-log-delivery",
    pack="compliance",
    themes=(Theme.LOGGING,),
    example=Example(CLUSTER, compliant.CLUSTER, (without("clusterLogConf"),), ()),
)
