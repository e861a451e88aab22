from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.compute import new_clusters
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put, without
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CLUSTER, JOB


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.type == CLUSTER:
        if not resource.properties.is_set("policyId"):
            yield Finding("it is made under no cluster policy", "Name one of the project's policies as `policyId`.")
        return
    for cluster in new_clusters(resource.properties):
        if not cluster.is_set("policyId"):
            how = "Write `policy: NAME` in the job; NAME is one of the project's cluster_policies."
            yield Finding(f"{cluster.path} is made under no cluster policy", how)


RULE = Rule(
    "job-clusters-under-policy",
    "Every cluster, and every new cluster of a job, is made under a cluster policy.",
    Severity.HIGH,
    "https://docs.databricks.com/en/admin/clusters/policies.html",
    (Theme.CONFIGURATION,),
    (JOB, CLUSTER),
    _check,
    Example(
        JOB,
        compliant.JOB,
        (
            without("jobClusters.0.newCluster.policyId"),
            put("tasks.0.newCluster", {"numWorkers": 1}),
            put("tasks.0.forEachTask", {"task": {"newCluster": {}}}),
            put("newCluster", {"numWorkers": 1}),
        ),
        ("jobClusters", "tasks", "jobClusters.0", "jobClusters.0.newCluster", "tasks.0"),
    ),
)
