"""What a project starts with, as a file describes it."""

from __future__ import annotations

import secrets
from typing import Any

from rolecall.emulators.harness.models import (
    ACCOUNT,
    ACCOUNT_ADMINISTRATOR,
    BUILT_IN,
    EVERYTHING,
    ORGANIZATION,
    PROJECT,
    WITH_CHILD_SCOPES,
    Level,
    Project,
)

DEPLOYER = "rolecall_deployer"


def new_project(description: dict[str, Any]) -> Project:
    """Make a project.

    Args:
        description: `account`, `organization` and `project` (identifiers), and `users` (each with `name`, which is an
            e-mail address, and the `groups` that the identity provider knows it in).
    """
    project = Project(
        account=str(description.get("account", "emulatedAccount")),
        organization=str(description.get("organization", "default")),
        project=str(description.get("project", "machine_learning")),
    )
    scope = {"accountIdentifier": project.account}
    project.above[ACCOUNT] = _level(ACCOUNT, scope)
    scope |= {"orgIdentifier": project.organization}
    project.above[ORGANIZATION] = _level(ORGANIZATION, scope)
    own = _level(PROJECT, {**scope, "projectIdentifier": project.project})
    project.roles, project.resource_groups = own.roles, own.resource_groups
    project.above[ACCOUNT].assignments["rolecall_deployer"] = {
        "identifier": "rolecall_deployer",
        "roleIdentifier": ACCOUNT_ADMINISTRATOR,
        "resourceGroupIdentifier": WITH_CHILD_SCOPES,
        "principal": {"type": "SERVICE_ACCOUNT", "scopeLevel": ACCOUNT, "identifier": DEPLOYER},
        "disabled": False,
    }
    new_key(project, f"SERVICE_ACCOUNT/{ACCOUNT}.{DEPLOYER}")
    for entry in description.get("users", []):
        project.users[str(entry["name"])] = list(entry.get("groups", []))
        new_key(project, f"USER/{entry['name']}")
    return project


def _level(name: str, scope: dict[str, str]) -> Level:
    """Return the access control that a level has from the beginning."""
    level = Level()
    for role, permissions in BUILT_IN[name].items():
        level.roles[role] = {"identifier": role, "name": role, "permissions": [*permissions], "managed": True}
    groups = {EVERYTHING.replace("project", name): "EXCLUDING_CHILD_SCOPES"}
    if name != PROJECT:
        groups[WITH_CHILD_SCOPES] = "INCLUDING_CHILD_SCOPES"
    for group, children in groups.items():
        level.resource_groups[group] = {
            "identifier": group,
            "name": group.strip("_").replace("_", " ").title(),
            "includedScopes": [{"filter": children, **scope}],
            "resourceFilter": {"includeAllResources": True, "resources": []},
            "managed": True,
        }
    return level


def new_key(project: Project, principal: str) -> str:
    """Make an API key for a principal, written TYPE/ID, and return it."""
    sort = "sat" if principal.startswith("SERVICE_ACCOUNT") else "pat"
    key = f"{sort}.{project.account}.emulated.{secrets.token_urlsafe(24)}"
    project.keys[key] = principal
    return key
