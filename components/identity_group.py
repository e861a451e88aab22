"""Groups from the identity provider into the Databricks account: who makes them, who fills them, who brings them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pulumi import ComponentResource, CustomResource, Input, Output, ProviderResource, ResourceOptions

from rolecall.components.aliases import formerly
from rolecall.components.native import Native, get_group_members
from rolecall.components.resources import Group, PermissionAssignment

OKTA = "okta"
AUTOMATIC, ROLECALL = "automatic", "rolecall"


@dataclass(frozen=True)
class IdentityGroupArguments:
    """What a group needs.

    Attributes:
        display_name: its name in the contract; a managed group is called so everywhere.
        external_id: its immutable id in the identity provider; None for a group that Rolecall makes there.
        description: what a managed group is for.
        owner: the ownership mark that the group carries in the identity provider.
        mail_nickname: its mail nickname in Entra ID.
        rule_name: the name of the rule that fills it in Okta.
        adopt: take over a group of that name.
        includes: ids of the groups whose members are in it too.
        members: ids of the people in it; None leaves them alone.
        removal_override: allows to remove more than a third.
        workspaces: the level (USER or ADMIN) in each workspace that it is assigned to.
        former_names: names of its resources in older states.
    """

    display_name: str
    external_id: str | None
    description: str
    owner: str
    mail_nickname: str
    rule_name: str
    adopt: bool
    includes: Sequence[Input[str]] = ()
    members: Sequence[str] | None = None
    removal_override: Mapping[str, str] | None = None
    workspaces: Mapping[str, str] = field(default_factory=dict)
    former_names: Sequence[str] = ()


@dataclass(frozen=True)
class Route:
    """How groups come from the identity provider to Databricks.

    Attributes:
        system: `okta` or `entra`.
        provisioning: `scim`, `automatic` or `rolecall`.
        application: id of the application that provisions; None where none does.
        native: Rolecall's own provider.
        account: the connection to the Databricks account.
        workspaces: connections to the workspaces.
    """

    system: str
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
            self.external_id = self._made()
            filled = self._filled()
        else:
            self.external_id = Output.from_input(arguments.external_id)
        self.principal_id = self._brought(filled)
        self.assignments = {
            workspace: PermissionAssignment(
                f"{name}/{workspace}",
                {"principalId": self.principal_id, "permissions": [level]},
                formerly(
                    [f"{one}-{workspace}" for one in (name, *former)],
                    ResourceOptions(parent=self, provider=route.workspaces[workspace]),
                ),
            )
            for workspace, level in sorted(arguments.workspaces.items())
        }
        self.register_outputs({"externalId": self.external_id, "principalId": self.principal_id})

    def _made(self) -> Output[str]:
        """Make the group in the identity provider."""
        own = self._arguments
        common: dict[str, Any] = {"description": own.description, "managedBy": own.owner, "adopt": own.adopt}
        if self._route.system == OKTA:
            return Native("rolecall:okta:Group", self._name, {"name": own.display_name, **common}, self._own).id
        properties = {"displayName": own.display_name, "mailNickname": own.mail_nickname, **common}
        return Native("rolecall:entra:Group", self._name, properties, self._own).id

    def _filled(self) -> list[CustomResource]:
        """Declare who is in a group that Rolecall has made, where the contract says so."""
        own = self._arguments
        override = {"removalOverride": dict(own.removal_override)} if own.removal_override else {}
        common = {"groupId": self.external_id, "managedBy": own.owner, **override}
        if self._route.system == OKTA:
            if own.includes:
                # Okta has no nested groups; a rule on the members of others comes to the same.
                expression = Output.all(*own.includes).apply(_any_of)
                rule = {
                    "name": own.rule_name,
                    "expression": expression,
                    "groupIds": [self.external_id],
                }
                return [Native("rolecall:okta:GroupRule", self._name, rule, self._own)]
            if own.members is not None:
                return [
                    Native(
                        "rolecall:okta:GroupMembership", self._name, {**common, "members": list(own.members)}, self._own
                    )
                ]
        elif own.includes or own.members is not None:
            members = [*own.includes, *(own.members or [])]
            return [Native("rolecall:entra:GroupMembership", self._name, {**common, "members": members}, self._own)]
        return []

    def _brought(self, filled: Sequence[CustomResource]) -> Output[str]:
        """Bring the group to Databricks; return its id there."""
        own, route = self._arguments, self._route
        after = ResourceOptions.merge(self._own, ResourceOptions(depends_on=list(filled)))
        if route.provisioning == ROLECALL:
            made = Group(
                self._name,
                {"displayName": own.display_name, "externalId": self.external_id, "api": "account"},
                # Names are unique: a group with a new id is another one, and the old one goes with all that it held.
                ResourceOptions(parent=self, provider=route.account, delete_before_replace=True),
            )
            # Asked for once the group is filled: the answer would be that of yesterday else.
            after_filling = Output.all(self.external_id, *(one.id for one in filled)).apply(lambda known: str(known[0]))
            members = get_group_members(route.system, after_filling, route.native).apply(
                lambda found: [{"userName": one["userName"], "externalId": one["externalId"]} for one in found]
            )
            override = {"removalOverride": dict(own.removal_override)} if own.removal_override else {}
            Native(
                "rolecall:databricks:GroupMembers",
                self._name,
                {"groupId": made.id, "members": members, **override},
                after,
            )
            return made.id
        if route.provisioning != AUTOMATIC and route.application:
            if route.system == OKTA:
                assignment: CustomResource = Native(
                    "rolecall:okta:AppGroupAssignment",
                    self._name,
                    {"appId": route.application, "groupId": self.external_id},
                    self._own,
                )
            else:
                assignment = Native(
                    "rolecall:entra:AppRoleAssignment",
                    self._name,
                    {"resourceId": route.application, "principalId": self.external_id},
                    self._own,
                )
            after = ResourceOptions.merge(self._own, ResourceOptions(depends_on=[*filled, assignment]))
        provisioning = AUTOMATIC if route.provisioning == AUTOMATIC else "scim"
        return Native(
            "rolecall:databricks:ProvisionedGroup",
            self._name,
            {"externalId": self.external_id, "provisioning": provisioning},
            after,
        ).id


def _any_of(groups: Sequence[str]) -> str:
    quoted = ", ".join(f'"{group}"' for group in sorted(groups))
    return f"isMemberOfAnyGroup({quoted})"
