"""The Databricks provider's resources that the components use, as thin classes on the provider's own type tokens.

`pulumi-databricks` has generated classes for all of the provider; importing them costs four seconds of every preview.
These declare the same tokens with the same property names, which a test compares with that package.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi import CustomResource, Output, ProviderResource, ResourceOptions

from rolecall.kinds.workspace_binding import BINDING
from rolecall.toolchain.versions import PULUMI_DATABRICKS

Properties = Mapping[str, Any]
# Their ids name the bound objects: deleting the old one after the new one is created would delete both.
DELETED_FIRST = frozenset({BINDING})


def _versioned(opts: ResourceOptions | None) -> ResourceOptions:
    return ResourceOptions.merge(ResourceOptions(version=PULUMI_DATABRICKS), opts or ResourceOptions())


class Provider(ProviderResource):
    """A connection to a workspace or to the account; credentials come from the environment, never from the program."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        super().__init__("databricks", name, dict(properties), _versioned(opts))


class Databricks(CustomResource):
    """An object of a kind, a part of one, or a list of who holds what on it."""

    def __init__(self, token: str, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        if token in DELETED_FIRST:
            opts = ResourceOptions.merge(opts or ResourceOptions(), ResourceOptions(delete_before_replace=True))
        super().__init__(token, name, dict(properties), _versioned(opts))


class Group(CustomResource):
    """`databricks:index/group:Group`."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        super().__init__("databricks:index/group:Group", name, dict(properties), _versioned(opts))


class ServicePrincipal(CustomResource):
    """`databricks:index/servicePrincipal:ServicePrincipal`."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        fields = {**properties, "applicationId": None}
        super().__init__("databricks:index/servicePrincipal:ServicePrincipal", name, fields, _versioned(opts))

    @property
    def application_id(self) -> Output[str]:
        """The application id, by which permissions and jobs name the service principal."""
        found: Output[str] = pulumi.get(self, "applicationId")
        return found


class ServicePrincipalFederationPolicy(CustomResource):
    """`databricks:index/servicePrincipalFederationPolicy:ServicePrincipalFederationPolicy`."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        kind = "databricks:index/servicePrincipalFederationPolicy:ServicePrincipalFederationPolicy"
        super().__init__(kind, name, dict(properties), _versioned(opts))


class PermissionAssignment(CustomResource):
    """`databricks:index/permissionAssignment:PermissionAssignment`."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        super().__init__(
            "databricks:index/permissionAssignment:PermissionAssignment", name, dict(properties), _versioned(opts)
        )


class Grant(CustomResource):
    """`databricks:index/grant:Grant`: what one principal holds on an object; what others hold there is left alone."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        super().__init__("databricks:index/grant:Grant", name, dict(properties), _versioned(opts))


class SystemSchema(CustomResource):
    """`databricks:index/systemSchema:SystemSchema`."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        super().__init__("databricks:index/systemSchema:SystemSchema", name, dict(properties), _versioned(opts))


class MwsWorkspaces(CustomResource):
    """`databricks:index/mwsWorkspaces:MwsWorkspaces`: a workspace, made through the account."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        fields = {**properties, "workspaceUrl": None, "workspaceId": None}
        super().__init__("databricks:index/mwsWorkspaces:MwsWorkspaces", name, fields, _versioned(opts))

    @property
    def url(self) -> Output[str]:
        """The address of the workspace."""
        found: Output[str] = pulumi.get(self, "workspaceUrl")
        return found

    @property
    def workspace_id(self) -> Output[str]:
        """The number of the workspace."""
        found: Output[str] = pulumi.get(self, "workspaceId")
        return found


class MetastoreAssignment(CustomResource):
    """`databricks:index/metastoreAssignment:MetastoreAssignment`."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        super().__init__(
            "databricks:index/metastoreAssignment:MetastoreAssignment", name, dict(properties), _versioned(opts)
        )


class Entitlements(CustomResource):
    """`databricks:index/entitlements:Entitlements`: what a group may do in a workspace as a whole."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        super().__init__("databricks:index/entitlements:Entitlements", name, dict(properties), _versioned(opts))


class WorkspaceConf(CustomResource):
    """`databricks:index/workspaceConf:WorkspaceConf`."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        super().__init__("databricks:index/workspaceConf:WorkspaceConf", name, dict(properties), _versioned(opts))


class IpAccessList(CustomResource):
    """`databricks:index/ipAccessList:IpAccessList`."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        super().__init__("databricks:index/ipAccessList:IpAccessList", name, dict(properties), _versioned(opts))


class RestrictWorkspaceAdminsSetting(CustomResource):
    """`databricks:index/restrictWorkspaceAdminsSetting:RestrictWorkspaceAdminsSetting`."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        super().__init__(
            "databricks:index/restrictWorkspaceAdminsSetting:RestrictWorkspaceAdminsSetting",
            name,
            dict(properties),
            _versioned(opts),
        )
