"""A minimal substitute for Linkerd's policy controller."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import httpx

from rolecall.systems.kubernetes.mesh.objects import CONTROLLER


def accept_routes(client: httpx.Client, namespaces: Iterable[str]) -> None:
    """Write the status of each route as the controller does: its Server has accepted it."""
    for namespace in namespaces:
        path = f"/apis/policy.linkerd.io/v1beta3/namespaces/{namespace}/httproutes"
        for route in client.get(path).raise_for_status().json()["items"]:
            accept_route(client, f"{path}/{route['metadata']['name']}", route)


def accept_route(client: httpx.Client, path: str, route: Mapping[str, Any]) -> None:
    """Write the status of one route at a path."""
    condition = {
        "type": "Accepted",
        "status": "True",
        "reason": "Accepted",
        "message": "",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }
    parents = [
        {"parentRef": one, "controllerName": CONTROLLER, "conditions": [condition]}
        for one in route["spec"]["parentRefs"]
    ]
    headers = {"Content-Type": "application/merge-patch+json"}
    client.patch(f"{path}/status", headers=headers, json={"status": {"parents": parents}}).raise_for_status()
