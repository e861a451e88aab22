"""Marks of ownership on objects of a cluster."""

from __future__ import annotations

from typing import Any

MANAGER = "rolecall"
# An annotation, as labels hold no ':' and at most 63 characters.
OWNER = "rolecall.dev/owner"
# The contract's name of the cluster: a cluster that is renamed there keeps its objects.
CLUSTER = "rolecall.dev/cluster"
MANAGED_BY = "app.kubernetes.io/managed-by"

Manifest = dict[str, Any]


def manifest(
    version: str,
    kind: str,
    name: str,
    namespace: str,
    owner: str,
    *,
    annotations: dict[str, str] | None = None,
    labels: dict[str, str] | None = None,
    **content: Any,
) -> Manifest:
    """Return an object with its marks; without a namespace, one of the whole cluster."""
    metadata: Manifest = {
        "name": name,
        **({"namespace": namespace} if namespace else {}),
        "labels": {**(labels or {}), MANAGED_BY: MANAGER},
        "annotations": {**(annotations or {}), OWNER: owner},
    }
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **content}
