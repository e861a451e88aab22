"""Workspaces: created through the account if declared so, and their access settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi import ComponentResource, Input, Output, ProviderResource, Resource, ResourceOptions

from rolecall.components.aliases import formerly
from rolecall.components.resources import (
    Databricks,
    Entitlements,
    IpAccessList,
    MetastoreAssignment,
    MwsWorkspaces,
    Provider,
    RestrictWorkspaceAdminsSetting,
    WorkspaceConf,
)
from rolecall.contract.contract import Contract
from rolecall.contract.naming import former_group_resources, group_resource
from rolecall.contract.workspace import NewWorkspace, Tokens, Workspace
from rolecall.contract.workspace_settings import CONF, IP_ACCESS_LIST, RESTRICT_ADMINS, workspace_settings
from rolecall.kinds.access import PERMISSIONS

# https://docs.databricks.com/en/security/auth/entitlements.html, as the provider calls them.
ENTITLEMENTS = {
    "workspace-access": "workspaceAccess",
    "databricks-sql-access": "databricksSqlAccess",
    "workspace-consume": "workspaceConsume",
    "allow-cluster-create": "allowClusterCreate",
    "allow-instance-pool-create": "allowInstancePoolCreate",
}


class GovernedWorkspace(ComponentResource):
    """A workspace and a connection to it."""

    connection: ProviderResource
    # Its id, where it is made here.
    number: Output[str] | None = None

    def __init__(self, name: str, contract: Contract, account: ProviderResource | None) -> None:
        super().__init__("rolecall:databricks:Workspace", name)
        self._name = name
        self._contract = contract
        workspace = contract.workspaces[name]
        host: Input[str]
        if workspace.create is not None and account is not None:
            made = _made(name, contract, workspace.create, account, self)
            host = made.url
            self.number = made.workspace_id.apply(str)
            if workspace.metastore is not None:
                assigned = MetastoreAssignment(
                    name,
                    {"workspaceId": made.workspace_id, "metastoreId": workspace.metastore, "api": "account"},
                    ResourceOptions(parent=self, provider=account),
                )
                # Resources in the workspace wait for its metastore.
                host = Output.all(host, assigned.id).apply(lambda both: str(both[0]))
        else:
            host = str(workspace.host)
        self.connection = Provider(name, {"host": host})
        self.register_outputs({"host": host})

    def declare_settings(
        self, groups: Mapping[str, Input[str]], names: Mapping[str, Input[str]], inside: Sequence[Resource]
    ) -> None:
        """Declare the contract's workspace-level settings.

        Args:
            groups: ids of the contract's groups.
            names: the names that they have now.
            inside: the resources that assign groups to the workspace; grants come after them.
        """
        workspace: Workspace = self._contract.workspaces[self._name]
        own = ResourceOptions(parent=self, provider=self.connection, depends_on=list(inside))
        for group, entitlements in sorted(workspace.entitlements.items()):
            properties: dict[str, Any] = {ENTITLEMENTS[one]: True for one in entitlements}
            own_names = (group, *former_group_resources(self._contract, group))
            former = [f"{self._name}{separator}{one}" for one in own_names for separator in "/-"]
            name = f"{self._name}/{group_resource(self._contract, group)}"
            Entitlements(name, {"groupId": groups[group], **properties}, formerly(former, own))
        declared = list(workspace_settings(self._name, workspace))
        if workspace.tokens is not None:
            self._tokens(workspace.tokens, names, own)
        lists = [IpAccessList(one.name, one.inputs, own) for one in declared if one.type == IP_ACCESS_LIST]
        for one in declared:
            if one.type == CONF:
                # Lists come first: once they are enabled, who is on none of them is locked out.
                WorkspaceConf(one.name, one.inputs, ResourceOptions.merge(own, ResourceOptions(depends_on=lists)))
            elif one.type == RESTRICT_ADMINS:
                RestrictWorkspaceAdminsSetting(one.name, one.inputs, own)

    def _tokens(self, tokens: Tokens, names: Mapping[str, Input[str]], own: ResourceOptions) -> None:
        """Declare who may have tokens; administrators always may, and the break-glass group does."""
        groups = {*tokens.users, *([self._contract.break_glass.group] if self._contract.break_glass else [])}
        controls: list[dict[str, Any]] = [
            {"groupName": names[group], "permissionLevel": "CAN_USE"} for group in sorted(groups)
        ]
        deployer = {"servicePrincipalName": self._contract.databricks.deployer, "permissionLevel": "CAN_USE"}
        properties = {"authorization": "tokens", PERMISSIONS.entries: controls or [deployer]}
        Databricks(PERMISSIONS.token, f"{self._name}-tokens", properties, own)


def _made(
    name: str, contract: Contract, new: NewWorkspace, account: ProviderResource, parent: ComponentResource
) -> MwsWorkspaces:
    """Make a workspace: https://docs.databricks.com/api/account/workspaces/create."""
    properties: dict[str, Any] = {"accountId": contract.databricks.account_id, "workspaceName": name}
    if new.cloud == "aws":
        properties |= {
            "awsRegion": new.region,
            "credentialsId": new.credentials,
            "storageConfigurationId": new.storage,
        }
    else:
        container = {"gcp": {"projectId": new.project}}
        properties |= {"location": new.region, "cloud": "gcp", "cloudResourceContainer": container}
    optional = {
        "networkId": new.network,
        "privateAccessSettingsId": new.private_access,
        "managedServicesCustomerManagedKeyId": new.managed_services_key,
        "storageCustomerManagedKeyId": new.storage_key,
    }
    properties |= {key: value for key, value in optional.items() if value is not None}
    return MwsWorkspaces(name, properties, ResourceOptions(parent=parent, provider=account))
