"""Groups in the Databricks account, and their assignment to workspaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pulumi import ComponentResource, Output, ProviderResource, ResourceOptions, RunError

from components.resources import Group, PermissionAssignment, get_group


@dataclass(frozen=True)
class GroupArguments:
    """What a group needs.

    Attributes:
        display_name: its name in the identity provider and in Databricks.
        external_id: its immutable id in the identity provider; None for a group that Rolecall makes.
        workspaces: the level (USER or ADMIN) in each workspace that it is assigned to.
    """

    display_name: str
    external_id: str | None
    workspaces: Mapping[str, str]


class AccountGroup(ComponentResource):
    """A group of the account: made here, or one of the identity provider that has to be there already."""

    def __init__(
        self,
        name: str,
        arguments: GroupArguments,
        account: ProviderResource,
        workspaces: Mapping[str, ProviderResource],
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("rolecall:databricks:AccountGroup", name, None, opts)
        self.principal_id: Output[str]
        if arguments.external_id is None:
            properties = {"displayName": arguments.display_name, "api": "account"}
            made = Group(name, properties, ResourceOptions(parent=self, provider=account))
            self.principal_id = made.id
        else:
            self.principal_id = _find(arguments.display_name, arguments.external_id, account)
        self.assignments = {
            workspace: PermissionAssignment(
                f"{name}-{workspace}",
                {"principalId": self.principal_id, "permissions": [level]},
                ResourceOptions(parent=self, provider=workspaces[workspace]),
            )
            for workspace, level in sorted(arguments.workspaces.items())
        }
        self.register_outputs({"principalId": self.principal_id})


def _find(display_name: str, external_id: str, account: ProviderResource) -> Output[str]:
    """Return the id of a group that the identity provider brought here; its name alone does not make it the same."""

    def compare(found: Mapping[str, str]) -> str:
        if found.get("externalId") != external_id:
            raise RunError(
                f"the Databricks group {display_name!r} has the external id {found.get('externalId') or 'none'}; the "
                f"contract says {external_id}. A group that was deleted and made again is another group and inherits "
                "nothing: check it, then write its new id in the contract."
            )
        return str(found["id"])

    return get_group(display_name, account).apply(compare)
