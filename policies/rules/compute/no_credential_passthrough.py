from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.clusters import clusters_of, where
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CLUSTER, JOB, PIPELINE

PASSTHROUGH = "spark.databricks.passthrough.enabled"


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    for cluster in clusters_of(resource):
        configuration = cluster.read("sparkConf") or {}
        if str(configuration.get(PASSTHROUGH, "false")).lower() == "true":
            how = "Take it out, and give privileges in Unity Catalog."
            yield Finding(f"{where(cluster)} hands the caller's own cloud credentials to storage", how)


RULE = Rule(
    "no-credential-passthrough",
    "Compute does not hand its user's cloud credentials to storage.",
    (CLUSTER, JOB, PIPELINE),
    _check,
    Severity.MEDIUM,
    "https://docs.databricks.com/en/archive/credential-passthrough/index.html",
    themes=(Theme.LEAST_PRIVILEGE, Theme.TRACEABILITY),
    example=Example(
        CLUSTER,
        compliant.CLUSTER,
        (put("sparkConf", "spark.databricks.passthrough.enabled", value="true"),),
        (("sparkConf",),),
    ),
)
