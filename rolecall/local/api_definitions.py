"""Custom resource definitions for a Kubernetes API server on this machine."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import yaml

APPLY = {"Content-Type": "application/apply-patch+yaml"}
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
# Seconds between polls for a definition that is not served yet.
LOOK_EVERY = 0.02


def apply_definitions(client: httpx.Client, folder: Path) -> None:
    """Apply all custom resource definitions in a folder, and wait until they are served."""
    names = []
    for path in sorted(folder.rglob("*.yaml")):
        for definition in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            name = definition["metadata"]["name"]
            query = {"fieldManager": "crds", "force": "true"}
            client.patch(f"{DEFINITIONS}/{name}", params=query, headers=APPLY, json=definition).raise_for_status()
            names.append(name)
    for name in names:
        while not _established(client.get(f"{DEFINITIONS}/{name}").raise_for_status().json()):
            time.sleep(LOOK_EVERY)  # the server announces it to watchers only


def _established(definition: dict[str, object]) -> bool:
    status = definition.get("status")
    # The list is null until a controller has looked at the definition.
    conditions = (status.get("conditions") if isinstance(status, dict) else None) or []
    return any(one["type"] == "Established" and one["status"] == "True" for one in conditions)
