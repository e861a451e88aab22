"""Services that other clusters reach through a gateway: the mesh sees the gateway's identity, not the caller's.

https://linkerd.io/2/features/multicluster/. In a flat network (`remote-discovery`) the caller's own identity arrives.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rolecall.systems.kubernetes.mesh.compilation import MeshService
from rolecall.systems.kubernetes.selectors import selects

Object = Mapping[str, Any]
EXPORTED, BY_GATEWAY = "mirror.linkerd.io/exported", "true"


def exported(services: Sequence[MeshService], live: Iterable[Object]) -> Iterator[tuple[MeshService, str]]:
    """Yield each service of the contract that a gateway forwards requests to, with the object that exports it.

    Args:
        services: the services of the contract.
        live: Services of Kubernetes.
    """
    for one in live:
        metadata = one["metadata"]
        if (metadata.get("labels") or {}).get(EXPORTED) != BY_GATEWAY:
            continue
        selector = (one.get("spec") or {}).get("selector") or {}
        for service in services:
            # Without a selector its endpoints are written by hand, and may be any pods.
            same = selects({"matchLabels": selector}, service.labels) or selects(
                {"matchLabels": service.labels}, selector
            )
            if service.namespace == metadata["namespace"] and same:
                yield service, str(metadata["name"])
