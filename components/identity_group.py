"""Groups of the identity provider, their members, and their provisioning to the Databricks account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pulumi import ComponentResource, CustomResource, Output, ProviderResource, ResourceOptions

from rolecall.components.aliases import formerly
from rolecall.components.assignments import assign_to_workspaces
from rolecall.components.native import Native, get_group_members
from rolecall.components.resources import Group
from rolecall.systems.managed_groups import Declaration, IdsText, ManagedGroup, ManagedGroups

AUTOMATIC, ROLECALL = "automatic", "rolecall"


@dataclass(frozen=True)
class IdentityGroupArguments:
    """What a group needs.

    Attributes:
        group: the group in the contract.
        external_id: its immutable id in the identity provider; None for a group that Rolecall makes there.
        workspaces: the level (USER or ADMIN) in each workspace that it is assigned to.
        former_names: names of its resources in older states.
    """

    group: ManagedGroup
    external_id: str | None
    workspaces: Mapping[str, str] = field(default_factory=dict)
    former_names: Sequence[str] = ()


@dataclass(frozen=True)
class Route:
    """How groups come from the identity provider to Databricks.

    Attributes:
        system: the name of the identity provider.
        groups: how it declares groups.
        provisioning: `scim`, `automatic` or `rolecall`.
        application: id of the application that provisions; None where none does.
        native: Rolecall's own provider.
        account: the connection to the Databricks account.
        workspaces: connections to the workspaces.
    """

    system: str
    groups: ManagedGroups
    provisioning: str
    application: str | None
    native: ProviderResource
    account: ProviderResource
    workspaces: Mapping[str, ProviderResource]


class IdentityGroup(ComponentResource):
    """A group of the identity provider, and the same group in the Databricks account and its workspaces."""

    def __init__(
        self, name: str, arguments: IdentityGroupArguments, route: Route, opts: ResourceOptions | None = None
    ) -> None:
        former = arguments.former_names
        super().__init__("rolecall:identity:Group", name, None, formerly(former, opts))
        self._name = name
        self._arguments = arguments
        self._route = route
        self._own = ResourceOptions(parent=self, provider=route.native)
        filled: list[CustomResource] = []
        self.external_id: Output[str]
        if arguments.external_id is None:
            self.external_id = self._declared(route.groups.group(arguments.group)).id
            members = route.groups.members(arguments.group, self.external_id)
            filled = [self._declared(members)] if members is not None else []
        else:
            self.external_id = Output.from_input(arguments.external_id)
        self.principal_id = self._provisioned(filled)
        self.assignments = assign_to_workspaces(
            self, (name, *former), self.principal_id, arguments.workspaces, route.workspaces
        )
        self.register_outputs({"externalId": self.external_id, "principalId": self.principal_id})

    def _declared(self, declaration: Declaration) -> Native:
        """Declare a resource of the identity provider."""
        properties = {
            name: Output.all(*value.ids).apply(value.text) if isinstance(value, IdsText) else value
            for name, value in declaration.properties.items()
        }
        return Native(declaration.token, self._name, properties, self._own)

    def _provisioned(self, filled: Sequence[CustomResource]) -> Output[str]:
        """Provision the group to Databricks; return its id there."""
        own, route = self._arguments, self._route
        after = ResourceOptions.merge(self._own, ResourceOptions(depends_on=list(filled)))
        if route.provisioning == ROLECALL:
            made = Group(
                self._name,
                {"displayName": own.group.name, "externalId": self.external_id, "api": "account"},
                # Names are unique: a group with a new id is another one, and the old one is deleted with its access.
                ResourceOptions(parent=self, provider=route.account, delete_before_replace=True),
            )
            # Queried only after the group's members are set.
            after_filling = Output.all(self.external_id, *(one.id for one in filled)).apply(lambda known: str(known[0]))
            members = get_group_members(route.system, after_filling, route.native).apply(
                lambda found: [{"userName": one["userName"], "externalId": one["externalId"]} for one in found]
            )
            Native(
                "rolecall:databricks:GroupMembers",
                self._name,
                {"groupId": made.id, "members": members, **own.group.removal},
                after,
            )
            return made.id
        if route.provisioning != AUTOMATIC and route.application:
            assignment = self._declared(route.groups.assignment(route.application, self.external_id))
            after = ResourceOptions.merge(self._own, ResourceOptions(depends_on=[*filled, assignment]))
        provisioning = AUTOMATIC if route.provisioning == AUTOMATIC else "scim"
        return Native(
            "rolecall:databricks:ProvisionedGroup",
            self._name,
            {"externalId": self.external_id, "provisioning": provisioning},
            after,
        ).id
