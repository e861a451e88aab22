"""Questions to Entra ID that a program asks while it runs."""

from __future__ import annotations

from collections.abc import Iterator

from rolecall.systems import identity_members
from rolecall.systems.entra.client import every

FIELDS = "id,displayName,userPrincipalName,accountEnabled"


class GetGroupMembers(identity_members.GetGroupMembers):
    """Everybody in a group, through nested groups too."""

    token = "rolecall:entra:getGroupMembers"
    description = "Everybody in a group in Entra ID, through nested groups too."

    def people(self, group_id: str) -> Iterator[tuple[str, str, str]]:
        """Yield principal name, id and name of each person whose account is enabled."""
        for user in every(f"/v1.0/groups/{group_id}/transitiveMembers/microsoft.graph.user", select=FIELDS):
            if user.get("accountEnabled", True):
                yield str(user["userPrincipalName"]), str(user["id"]), str(user.get("displayName") or "")
