from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.clusters import clusters_of
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.costs import WORKERS
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CLUSTER, JOB, PIPELINE


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    for cluster in clusters_of(resource):
        for path in ("numWorkers", "autoscale.maxWorkers"):
            workers = cluster.read(path) or 0
            if workers > context.max_workers:
                where = f"{cluster.path}.{path}" if cluster.path else path
                yield Finding(f"{where} is {workers}", f"Allowed: up to {context.max_workers} workers.")


RULE = Rule(
    "clusters-are-small",
    "Clusters have no more workers than agreed upon.",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/lakehouse-architecture/cost-optimization/best-practices.html",
    (Theme.CAPACITY,),
    (CLUSTER, JOB, PIPELINE),
    _check,
    Example(
        JOB,
        compliant.LIMITED_JOB,
        (
            put("tasks.0.newCluster.numWorkers", 33),
            put("tasks.0.newCluster.autoscale", {"minWorkers": 1, "maxWorkers": 200}),
        ),
        compliant.CLUSTERS_PATHS,
    ),
    parameters=WORKERS,
    pack="cost",
)
