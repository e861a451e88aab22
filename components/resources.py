"""The Databricks provider's resources that the components use, as thin classes on the provider's own type tokens.

`pulumi-databricks` has generated classes for all of the provider; importing them costs four seconds of every preview.
These declare the same tokens with the same property names, which a test compares with that package.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi import CustomResource, Input, InvokeOptions, Output, ProviderResource, ResourceOptions

from toolchain.versions import PULUMI_DATABRICKS

Properties = Mapping[str, Any]


def _versioned(opts: ResourceOptions | None) -> ResourceOptions:
    return ResourceOptions.merge(ResourceOptions(version=PULUMI_DATABRICKS), opts or ResourceOptions())


class Provider(ProviderResource):
    """A connection to a workspace or to the account; credentials come from the environment, never from the program."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        super().__init__("databricks", name, dict(properties), _versioned(opts))


class Group(CustomResource):
    """`databricks:index/group:Group`."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        super().__init__("databricks:index/group:Group", name, dict(properties), _versioned(opts))


class ServicePrincipal(CustomResource):
    """`databricks:index/servicePrincipal:ServicePrincipal`."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        told = {**properties, "applicationId": None}
        super().__init__("databricks:index/servicePrincipal:ServicePrincipal", name, told, _versioned(opts))

    @property
    def application_id(self) -> Output[str]:
        """The application id, by which permissions and jobs name the service principal."""
        found: Output[str] = pulumi.get(self, "applicationId")
        return found


class ServicePrincipalFederationPolicy(CustomResource):
    """`databricks:index/servicePrincipalFederationPolicy:ServicePrincipalFederationPolicy`."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        token = "databricks:index/servicePrincipalFederationPolicy:ServicePrincipalFederationPolicy"  # noqa: S105 - a type token
        super().__init__(token, name, dict(properties), _versioned(opts))


class PermissionAssignment(CustomResource):
    """`databricks:index/permissionAssignment:PermissionAssignment`."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        super().__init__(
            "databricks:index/permissionAssignment:PermissionAssignment", name, dict(properties), _versioned(opts)
        )


class ClusterPolicy(CustomResource):
    """`databricks:index/clusterPolicy:ClusterPolicy`."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        super().__init__("databricks:index/clusterPolicy:ClusterPolicy", name, dict(properties), _versioned(opts))


class Job(CustomResource):
    """`databricks:index/job:Job`."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        super().__init__("databricks:index/job:Job", name, dict(properties), _versioned(opts))


class Permissions(CustomResource):
    """`databricks:index/permissions:Permissions`: the whole list of who holds what on one object."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        super().__init__("databricks:index/permissions:Permissions", name, dict(properties), _versioned(opts))


def get_group(display_name: Input[str], provider: ProviderResource) -> Output[dict[str, Any]]:
    """Read a group of the account by its name: `databricks:index/getGroup:getGroup`."""
    found = pulumi.runtime.invoke_output(
        "databricks:index/getGroup:getGroup",
        {"displayName": display_name, "api": "account"},
        InvokeOptions(provider=provider, version=PULUMI_DATABRICKS),
    )
    result: Output[dict[str, Any]] = found
    return result
