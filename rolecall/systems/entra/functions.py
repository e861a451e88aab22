"""Questions to Entra ID that a program asks while it runs."""

from __future__ import annotations

from pydantic import Field

from rolecall.systems.entra.client import every
from rolecall.systems.resource import Function, Model, Properties

FIELDS = "id,displayName,userPrincipalName,accountEnabled"


class MembersArguments(Model):
    """Whose members."""

    group_id: str = Field(min_length=1, description="id of the group")


class GetGroupMembers(Function[MembersArguments]):
    """Everybody in a group, through nested groups too, as Databricks knows people."""

    token = "rolecall:entra:getGroupMembers"
    description = "Everybody in a group in Entra ID, through nested groups too."
    model = MembersArguments
    returns = {
        "members": {
            "type": "array",
            "items": {"type": "object", "additionalProperties": {"type": "string"}},
            "description": "userName, externalId and displayName of each",
        }
    }

    def call(self, arguments: MembersArguments) -> Properties:
        """Return them, by user name; raises BrokenList where the list is not whole."""
        path = f"/v1.0/groups/{arguments.group_id}/transitiveMembers/microsoft.graph.user"
        found = [
            {
                "userName": str(user["userPrincipalName"]),
                "externalId": str(user["id"]),
                "displayName": str(user.get("displayName") or ""),
            }
            for user in every(path, select=FIELDS)
            if user.get("accountEnabled", True)
        ]
        return {"members": sorted(found, key=lambda one: one["userName"])}
