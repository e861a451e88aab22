"""Resources and questions of Rolecall's own provider, as thin classes on its type tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi import CustomResource, Input, InvokeOptions, Output, ProviderResource, ResourceOptions

Properties = Mapping[str, Any]


class NativeProvider(ProviderResource):
    """A connection to the systems; credentials come from the environment, never from the program."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        super().__init__("rolecall", name, dict(properties), opts)


class OktaGroup(CustomResource):
    """`rolecall:okta:Group`."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        super().__init__("rolecall:okta:Group", name, dict(properties), opts)


class OktaGroupRule(CustomResource):
    """`rolecall:okta:GroupRule`."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        super().__init__("rolecall:okta:GroupRule", name, dict(properties), opts)


class OktaGroupMembership(CustomResource):
    """`rolecall:okta:GroupMembership`."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        super().__init__("rolecall:okta:GroupMembership", name, dict(properties), opts)


class OktaAppGroupAssignment(CustomResource):
    """`rolecall:okta:AppGroupAssignment`."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        super().__init__("rolecall:okta:AppGroupAssignment", name, dict(properties), opts)


class EntraGroup(CustomResource):
    """`rolecall:entra:Group`."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        super().__init__("rolecall:entra:Group", name, dict(properties), opts)


class EntraGroupMembership(CustomResource):
    """`rolecall:entra:GroupMembership`."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        super().__init__("rolecall:entra:GroupMembership", name, dict(properties), opts)


class EntraAppRoleAssignment(CustomResource):
    """`rolecall:entra:AppRoleAssignment`."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        super().__init__("rolecall:entra:AppRoleAssignment", name, dict(properties), opts)


class EntraApplication(CustomResource):
    """`rolecall:entra:Application`."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        super().__init__("rolecall:entra:Application", name, {**properties, "applicationId": None}, opts)

    @property
    def application_id(self) -> Output[str]:
        """The application (client) id."""
        found: Output[str] = pulumi.get(self, "applicationId")
        return found


class EntraServicePrincipal(CustomResource):
    """`rolecall:entra:ServicePrincipal`."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        super().__init__("rolecall:entra:ServicePrincipal", name, dict(properties), opts)


class EntraFederatedIdentityCredential(CustomResource):
    """`rolecall:entra:FederatedIdentityCredential`."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        super().__init__("rolecall:entra:FederatedIdentityCredential", name, dict(properties), opts)


class ProvisionedGroup(CustomResource):
    """`rolecall:databricks:ProvisionedGroup`."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        super().__init__("rolecall:databricks:ProvisionedGroup", name, dict(properties), opts)


class GroupMembers(CustomResource):
    """`rolecall:databricks:GroupMembers`."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        super().__init__("rolecall:databricks:GroupMembers", name, dict(properties), opts)


class Native(CustomResource):
    """A resource of any other type: an orchestrator's, or a list that a kind has."""

    def __init__(self, token: str, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        super().__init__(token, name, dict(properties), opts)


def get_group_members(system: str, group_id: Input[str], provider: ProviderResource) -> Output[list[dict[str, str]]]:
    """Ask an identity provider for everybody in a group: `rolecall:SYSTEM:getGroupMembers`."""
    token = f"rolecall:{system}:getGroupMembers"
    found = pulumi.runtime.invoke_output(token, {"groupId": group_id}, InvokeOptions(provider=provider))
    return found.apply(lambda answer: list(answer.get("members") or []))
