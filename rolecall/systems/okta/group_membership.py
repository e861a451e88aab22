"""Who is in a group that Rolecall owns in Okta; members are added and removed one by one there."""

from __future__ import annotations

from rolecall.systems import identity_members
from rolecall.systems.okta.client import members, okta, one
from rolecall.systems.ownership import is_marked
from rolecall.systems.requests import Request


class GroupMembership(identity_members.GroupMembership):
    """All members of a group that Rolecall owns."""

    token = "rolecall:okta:GroupMembership"
    description = "All members of a group in Okta that Rolecall owns."

    def owned_group(self, group_id: str, managed_by: str) -> tuple[str, bool]:
        """Return the group's name, and whether it is there and of this owner."""
        group = one(f"/api/v1/groups/{group_id}")
        if group is None:
            return f"Okta group {group_id}", False
        profile = group["profile"]
        return f"Okta group {profile['name']!r}", is_marked(profile.get("description"), managed_by)

    def held(self, group_id: str) -> list[str]:
        """Return the ids of all members."""
        return [str(user["id"]) for user in members(group_id)]

    def add(self, group_id: str, members: list[str]) -> None:
        """Add members who are not in yet."""
        for member in members:
            okta().send(Request("PUT", f"/api/v1/groups/{group_id}/users/{member}"))

    def remove(self, group_id: str, member: str) -> None:
        """Take one member out."""
        okta().send(Request("DELETE", f"/api/v1/groups/{group_id}/users/{member}"))
