"""Groups that Rolecall manages in Entra ID."""

from __future__ import annotations

from typing import Any

from rolecall.systems.entra.names import mail_nickname
from rolecall.systems.managed_groups import Declaration, ManagedGroup, ManagedGroups


class EntraGroups(ManagedGroups):
    """A group may be a member of another one."""

    nests = True

    def group(self, group: ManagedGroup) -> Declaration:
        """Return the group itself."""
        common = {"description": group.description, "managedBy": group.mark, "adopt": group.adopt}
        names = {"displayName": group.name, "mailNickname": mail_nickname(group.contract, group.name)}
        return Declaration("rolecall:entra:Group", {**names, **common})

    def members(self, group: ManagedGroup, group_id: Any) -> Declaration | None:
        """Return one list of the groups that it includes and the people in it."""
        if not group.includes and group.members is None:
            return None
        members = [*group.includes, *(group.members or [])]
        properties = {"groupId": group_id, "managedBy": group.mark, **group.removal, "members": members}
        return Declaration("rolecall:entra:GroupMembership", properties)

    def assignment(self, application: str, group_id: Any) -> Declaration:
        """Return the assignment to an enterprise application."""
        return Declaration("rolecall:entra:AppRoleAssignment", {"resourceId": application, "principalId": group_id})


GROUPS = EntraGroups()
