"""Groups in the Databricks account, and their assignment to workspaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pulumi import ComponentResource, Output, ProviderResource, ResourceOptions, RunError

from rolecall.components.aliases import formerly
from rolecall.components.assignments import assign_to_workspaces
from rolecall.components.resources import Group
from rolecall.systems.databricks.lookups import FoundGroup


@dataclass(frozen=True)
class GroupArguments:
    """What a group needs.

    Attributes:
        display_name: its name in the identity provider and in Databricks.
        external_id: its immutable id in the identity provider; None for a group that Rolecall makes.
        workspaces: the level (USER or ADMIN) in each workspace that it is assigned to.
        found: the account's group with the external id, where there is one.
        former_names: names of its resources in older states.
    """

    display_name: str
    external_id: str | None
    workspaces: Mapping[str, str]
    found: FoundGroup | None = None
    former_names: Sequence[str] = ()


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
        former = arguments.former_names
        super().__init__("rolecall:databricks:AccountGroup", name, None, formerly(former, opts))
        self.principal_id: Output[str]
        if arguments.external_id is None:
            properties = {"displayName": arguments.display_name, "api": "account"}
            made = Group(name, properties, ResourceOptions(parent=self, provider=account))
            self.principal_id = made.id
        else:
            self.principal_id = Output.from_input(_required(arguments).id)
        self.assignments = assign_to_workspaces(
            self, (name, *former), self.principal_id, arguments.workspaces, workspaces
        )
        self.register_outputs({"principalId": self.principal_id})


def _required(arguments: GroupArguments) -> FoundGroup:
    """Return a group that the identity provider has brought.

    Raises:
        RunError: it is not there.
    """
    if arguments.found is None:
        raise RunError(
            f"the Databricks account has no group {arguments.display_name!r} ({arguments.external_id}): see whether "
            "the identity provider has brought it"
        )
    return arguments.found
