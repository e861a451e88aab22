"""Shared by rules on secrets: how to refer to one, and images with credentials."""

from __future__ import annotations

from collections.abc import Iterator

from rolecall.contract.secrets import looks_like_secret
from rolecall.policies.compute import new_clusters
from rolecall.policies.context import Context
from rolecall.policies.properties import Properties, texts
from rolecall.policies.rule import Check, Finding, Resource
from rolecall.policies.types import INSTANCE_POOL, JOB

REFERENCE = "Put it into a secret scope and refer to it: {{secrets/SCOPE/KEY}}. Then revoke it: it has been read."


def images_of(resource: Resource) -> Iterator[Properties]:
    """Yield the container images of an instance pool, a cluster, or the clusters of a job."""
    if resource.type == INSTANCE_POOL:
        yield from resource.properties.items("preloadedDockerImages")
        return
    for cluster in new_clusters(resource.properties) if resource.type == JOB else (resource.properties,):
        if image := cluster.within("dockerImage"):
            yield image


def refuse_secrets(allowed: str) -> Check:
    """Return a check with one finding for each text of a resource that looks like a secret."""

    def check(resource: Resource, context: Context) -> Iterator[Finding]:
        for path, text in texts(resource.values):
            if kind := looks_like_secret(text, path.rsplit(".", 1)[-1]):
                yield Finding(f"{path} looks like {kind}", allowed)

    return check
