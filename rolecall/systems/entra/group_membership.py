"""Who, and which groups, are in a group that Rolecall owns in Entra ID; up to twenty are added at once."""

from __future__ import annotations

from rolecall import settings
from rolecall.errors import AnswerLost, ObjectMissing
from rolecall.systems import identity_members
from rolecall.systems.entra.client import every, graph, one
from rolecall.systems.entra.group import PATH
from rolecall.systems.ownership import is_marked
from rolecall.systems.requests import Request

# "up to 20 members can be added in a single request" (group: update)
AT_ONCE = 20


class GroupMembership(identity_members.GroupMembership):
    """All direct members of a group that Rolecall owns."""

    token = "rolecall:entra:GroupMembership"
    description = "All direct members, users and nested groups, of a group in Entra ID that Rolecall owns."

    def owned_group(self, group_id: str, managed_by: str) -> tuple[str, bool]:
        """Return the group's name, and whether it is there and of this owner; a new one may be seen late."""
        group = graph().poll_until(lambda: one(f"{PATH}/{group_id}"), lambda found: found is not None, seconds=10)
        if group is None:
            return f"Entra group {group_id}", False
        return f"Entra group {group['displayName']!r}", is_marked(group.get("description"), managed_by)

    def held(self, group_id: str) -> list[str]:
        """Return the ids of all direct members."""
        return [str(member["id"]) for member in every(f"{PATH}/{group_id}/members", select="id")]

    def add(self, group_id: str, members: list[str]) -> None:
        """Add members who are not in yet."""
        for start in range(0, len(members), AT_ONCE):
            self._add(group_id, members[start : start + AT_ONCE])

    def remove(self, group_id: str, member: str) -> None:
        """Take one member out; who is out already is fine."""
        try:
            graph().send(Request("DELETE", f"{PATH}/{group_id}/members/{member}/$ref"))
        except ObjectMissing:
            return

    def _add(self, group_id: str, members: list[str]) -> None:
        """Add some members; where the answer is lost, only those that are not in yet are sent again."""
        base = settings.GRAPH_HOST.read()
        left = members
        while left:
            body = {"members@odata.bind": [f"{base}/v1.0/directoryObjects/{member}" for member in left]}
            try:
                graph().send(Request("PATCH", f"{PATH}/{group_id}", body=body))
            except AnswerLost:
                held = self.held(group_id)
                if (missing := [member for member in left if member not in held]) == left:
                    raise
                left = missing
                continue
            return
