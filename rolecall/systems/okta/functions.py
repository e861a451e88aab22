"""Questions to Okta that a program asks while it runs."""

from __future__ import annotations

from collections.abc import Iterator

from rolecall.systems import identity_members
from rolecall.systems.okta.client import members


class GetGroupMembers(identity_members.GetGroupMembers):
    """Everybody in a group."""

    token = "rolecall:okta:getGroupMembers"
    description = "Everybody in a group in Okta."

    def people(self, group_id: str) -> Iterator[tuple[str, str, str]]:
        """Yield login, id and name of each active person."""
        for user in members(group_id):
            if user.get("status") != "DEPROVISIONED":
                profile = user["profile"]
                shown = f"{profile.get('firstName', '')} {profile.get('lastName', '')}".strip()
                yield str(profile["login"]), str(user["id"]), shown
