"""Questions to Okta that a program asks while it runs."""

from __future__ import annotations

from pydantic import Field

from rolecall.systems.okta.client import members
from rolecall.systems.resource import Function, Model, Properties


class MembersArguments(Model):
    """Whose members."""

    group_id: str = Field(min_length=1, description="id of the group")


class GetGroupMembers(Function[MembersArguments]):
    """Everybody in a group, as Databricks knows people."""

    token = "rolecall:okta:getGroupMembers"
    description = "Everybody in a group in Okta."
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
        found = [
            {
                "userName": str(user["profile"]["login"]),
                "externalId": str(user["id"]),
                "displayName": f"{user['profile'].get('firstName', '')} {user['profile'].get('lastName', '')}".strip(),
            }
            for user in members(arguments.group_id)
            if user.get("status") != "DEPROVISIONED"
        ]
        return {"members": sorted(found, key=lambda one: one["userName"])}
