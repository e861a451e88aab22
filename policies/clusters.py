"""Shared by rules on compute: the clusters of a resource."""

from __future__ import annotations

from collections.abc import Iterator

from rolecall.policies.compute import new_clusters
from rolecall.policies.properties import Properties
from rolecall.policies.rule import Resource
from rolecall.policies.types import JOB, PIPELINE


def clusters_of(resource: Resource) -> Iterator[Properties]:
    """Yield every cluster that a cluster, a job or a pipeline describes."""
    if resource.type == JOB:
        yield from new_clusters(resource.properties)
    elif resource.type == PIPELINE:
        yield from resource.properties.items("clusters")
    else:
        yield resource.properties


def where(cluster: Properties) -> str:
    """Return the path of a cluster for a finding."""
    return cluster.path or "it"
