"""What a project starts with, as a file describes it."""

from __future__ import annotations

import secrets
from typing import Any

from rolecall.emulators.harness.models import BUILT_IN, EVERYTHING, Project


def new_project(description: dict[str, Any]) -> Project:
    """Make a project.

    Args:
        description: `account`, `organization` and `project` (identifiers), and `users` (each with `name`, which is an
            e-mail address, and the `groups` that the identity provider knows it in).
    """
    project = Project(
        str(description.get("account", "emulatedAccount")),
        str(description.get("organization", "default")),
        str(description.get("project", "machine_learning")),
    )
    for name, permissions in BUILT_IN.items():
        project.roles[name] = {"identifier": name, "name": name, "permissions": [*permissions], "managed": True}
    project.resource_groups[EVERYTHING] = {
        "identifier": EVERYTHING,
        "name": "All Project Level Resources",
        "resourceFilter": {"includeAllResources": True, "resources": []},
        "managed": True,
    }
    deployer = "SERVICE_ACCOUNT/rolecall_deployer"
    project.administrators.append(deployer)
    new_key(project, deployer)
    for entry in description.get("users", []):
        project.users[str(entry["name"])] = list(entry.get("groups", []))
        new_key(project, f"USER/{entry['name']}")
    return project


def new_key(project: Project, principal: str) -> str:
    """Make an API key for a principal, written TYPE/ID, and return it."""
    sort = "sat" if principal.startswith("SERVICE_ACCOUNT") else "pat"
    key = f"{sort}.{project.account}.emulated.{secrets.token_urlsafe(24)}"
    project.keys[key] = principal
    return key
