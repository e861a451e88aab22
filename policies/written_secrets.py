"""Shared by rules on secrets: how to refer to one, and images with credentials."""

from __future__ import annotations

from collections.abc import Iterator

from rolecall.policies.properties import Properties
from rolecall.policies.rule import Resource
from rolecall.policies.types import INSTANCE_POOL

REFERENCE = "Put it into a secret scope and refer to it: {{secrets/SCOPE/KEY}}. Then revoke it: it has been read."


def images_of(resource: Resource) -> Iterator[Properties]:
    """Yield the container images of an instance pool or a cluster."""
    if resource.type == INSTANCE_POOL:
        yield from resource.properties.items("preloadedDockerImages")
    elif image := resource.properties.within("dockerImage"):
        yield image
