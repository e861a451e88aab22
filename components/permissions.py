"""The permission object of a job or cluster policy: one object, one writer, the whole list in one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pulumi import Input, Output, ResourceOptions

from components.resources import Permissions
from rolecall.access.grant import Subject
from rolecall.systems.databricks.permissions import AccessControl


def declare_permissions(
    name: str,
    object_property: str,
    object_id: Input[str],
    entries: Sequence[AccessControl],
    identities: Mapping[Subject, Input[str]],
    opts: ResourceOptions,
) -> Permissions:
    """Declare an object's permissions.

    Args:
        name: the resource's name.
        object_property: which property names the object: `jobId` or `clusterPolicyId`.
        object_id: the object's id.
        entries: everybody who holds something on it.
        identities: what the workspace calls a subject: a service principal's application id, a group's name as it is
            now. One that is not in it is called by its own name, as the deployer is, who is an application id.
        opts: parent and provider.
    """
    controls = [
        {
            ("groupName" if entry.is_group else "servicePrincipalName"): identities.get(
                entry.subject, entry.subject.name
            ),
            "permissionLevel": entry.level,
        }
        for entry in entries
    ]
    return Permissions(name, {object_property: Output.from_input(object_id), "accessControls": controls}, opts)
