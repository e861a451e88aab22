"""The permission object of a job or cluster policy: one object, one writer, the whole list in one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pulumi import Input, Output, ResourceOptions

from components.resources import Permissions
from rolecall.systems.databricks.permissions import AccessControl


def declare_permissions(
    name: str,
    object_property: str,
    object_id: Input[str],
    entries: Sequence[AccessControl],
    application_ids: Mapping[str, Input[str]],
    opts: ResourceOptions,
) -> Permissions:
    """Declare an object's permissions.

    Args:
        name: the resource's name.
        object_property: which property names the object: `jobId` or `clusterPolicyId`.
        object_id: the object's id.
        entries: everybody who holds something on it.
        application_ids: application ids of service principals by their display name; one that is not in it is taken
            for an application id itself, as the deployer's is.
        opts: parent and provider.
    """
    controls = [
        {
            ("groupName" if entry.is_group else "servicePrincipalName"): (
                entry.subject.name if entry.is_group else application_ids.get(entry.subject.name, entry.subject.name)
            ),
            "permissionLevel": entry.level,
        }
        for entry in entries
    ]
    return Permissions(name, {object_property: Output.from_input(object_id), "accessControls": controls}, opts)
