"""What a cluster starts with, as a file describes it."""

from __future__ import annotations

import secrets
import uuid
from typing import Any

from rolecall.emulators.conductor.models import Cluster


def new_cluster(description: dict[str, Any], now: float) -> Cluster:
    """Make a cluster.

    Args:
        description: `groups` (names of unmanaged groups), and `users` (each with `name`, which is an
            e-mail address, the `groups` it is in, and its `roles`).
        now: seconds since 1970.
    """
    cluster = Cluster()
    key = {"secret": f"emulated-{secrets.token_urlsafe(24)}", "status": "ACTIVE", "createdAt": int(now * 1000)}
    deployer = {"name": "rolecall", "createdBy": "", "roles": ["ADMIN"], "tags": [], "keys": {str(uuid.uuid4()): key}}
    cluster.applications[str(uuid.uuid4())] = deployer
    for name in description.get("groups", []):
        cluster.groups[name] = {"description": "", "roles": ["USER"], "users": []}
    for entry in description.get("users", []):
        name = str(entry["name"])
        cluster.users[name] = {"name": name, "roles": list(entry.get("roles", []))}
        for group in entry.get("groups", []):
            cluster.groups[group]["users"].append(name)
        cluster.tokens[f"emulated-{secrets.token_urlsafe(24)}"] = name
    return cluster
