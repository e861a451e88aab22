"""Groups that Rolecall manages in Okta."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rolecall.systems.managed_groups import Declaration, IdsText, ManagedGroup, ManagedGroups
from rolecall.systems.okta.names import rule_name


class OktaGroups(ManagedGroups):
    """Groups are flat: a rule on the members of other groups replaces nesting."""

    nests = False

    def group(self, group: ManagedGroup) -> Declaration:
        """Return the group itself."""
        common = {"description": group.description, "managedBy": group.mark, "adopt": group.adopt}
        return Declaration("rolecall:okta:Group", {"name": group.name, **common})

    def members(self, group: ManagedGroup, group_id: Any) -> Declaration | None:
        """Return a rule on the groups that it includes, or else the list of its members."""
        if group.includes:
            expression = IdsText(group.includes, _any_of)
            rule = {"name": rule_name(group.contract, group.name), "expression": expression, "groupIds": [group_id]}
            return Declaration("rolecall:okta:GroupRule", rule)
        if group.members is None:
            return None
        members = {"groupId": group_id, "managedBy": group.mark, **group.removal, "members": [*group.members]}
        return Declaration("rolecall:okta:GroupMembership", members)

    def assignment(self, application: str, group_id: Any) -> Declaration:
        """Return the assignment to an application."""
        return Declaration("rolecall:okta:AppGroupAssignment", {"appId": application, "groupId": group_id})


def _any_of(groups: Sequence[str]) -> str:
    """Return a condition on membership: https://developer.okta.com/docs/reference/okta-expression-language/#group-functions."""
    quoted = ", ".join(f'"{group}"' for group in sorted(groups))
    return f"isMemberOfAnyGroup({quoted})"


GROUPS = OktaGroups()
