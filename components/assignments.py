"""Assignments of a group to workspaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pulumi import Output, ProviderResource, Resource, ResourceOptions

from rolecall.components.aliases import formerly
from rolecall.components.resources import PermissionAssignment


def assign_to_workspaces(
    group: Resource,
    names: Sequence[str],
    principal_id: Output[str],
    levels: Mapping[str, str],
    workspaces: Mapping[str, ProviderResource],
) -> dict[str, PermissionAssignment]:
    """Declare a group's assignments below it, and return them by workspace.

    Args:
        group: the component of the group.
        names: its name, and its names in older states.
        principal_id: its id in the account.
        levels: the level (USER or ADMIN) by workspace.
        workspaces: connections to the workspaces.
    """
    return {
        workspace: PermissionAssignment(
            f"{names[0]}/{workspace}",
            {"principalId": principal_id, "permissions": [level]},
            formerly(
                [f"{one}-{workspace}" for one in names],
                ResourceOptions(parent=group, provider=workspaces[workspace]),
            ),
        )
        for workspace, level in sorted(levels.items())
    }
