"""Questions to the Databricks account that a program asks while it runs."""

from __future__ import annotations

from pydantic import Field

from rolecall.systems.databricks.account import account, groups
from rolecall.systems.databricks.account_address import ACCOUNT
from rolecall.systems.databricks.addresses import host_of
from rolecall.systems.resource import Function, Model, Properties


class GroupsArguments(Model):
    """Which groups."""

    external_ids: list[str] = Field(description="their ids in the identity provider")
    names: list[str] = Field(default_factory=list, description="names by which groups are answered too")


class GetGroups(Function[GroupsArguments]):
    """The account's groups of some ids in the identity provider, with their names now; one list for all of them."""

    token = "rolecall:databricks:getGroups"
    description = "Groups of the Databricks account, found by their ids in the identity provider."
    returns = {
        "groups": {
            "type": "array",
            "items": {"type": "object", "additionalProperties": {"type": "string"}},
            "description": "id, externalId and displayName of each that is there",
        }
    }

    def call(self, arguments: GroupsArguments) -> Properties:
        """Return those that are there."""
        wanted, names = set(arguments.external_ids), set(arguments.names)
        found = [
            {
                "id": str(group["id"]),
                "externalId": str(group.get("externalId") or ""),
                "displayName": str(group["displayName"]),
            }
            for group in groups.get()
            if group.get("externalId") in wanted or group["displayName"] in names
        ]
        return {"groups": sorted(found, key=lambda one: one["externalId"])}


class WorkspaceArguments(Model):
    """Which workspace."""

    name: str = Field(min_length=1, description="its name in the account")


class GetWorkspace(Function[WorkspaceArguments]):
    """Where a workspace is that was made through the account."""

    token = "rolecall:databricks:getWorkspace"
    description = "The address and id of a workspace of the account, found by its name; nothing where there is none."
    returns = {
        "host": {"type": "string", "description": "its address"},
        "id": {"type": "string", "description": "its number"},
    }

    def call(self, arguments: WorkspaceArguments) -> Properties:
        """Return it, if it is there and runs."""
        listed = account().get(f"/api/2.0/accounts/{ACCOUNT.address.account_id}/workspaces")
        for workspace in listed or []:
            if workspace["workspace_name"] == arguments.name and workspace.get("workspace_status") == "RUNNING":
                return {"host": host_of(workspace), "id": str(workspace["workspace_id"])}
        return {}
