from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.checks import not_set, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, without
from rolecall.policies.rule import Rule
from rolecall.policies.types import CLUSTER

RULE = Rule(
    "cluster-logs-are-kept",
    "Logs of clusters outlive them.",
    Severity.LOW,
    "https://docs.databricks.com/en/compute/configure.html#compute-log-delivery",
    (Theme.LOGGING,),
    (CLUSTER,),
    refuse(
        not_set("clusterLogConf"),
        "its logs are deleted with it",
        "Set clusterLogConf to a volume, so that the logs outlive the cluster.",
    ),
    Example(CLUSTER, compliant.CLUSTER, (without("clusterLogConf"),), ()),
    pack="compliance",
)
