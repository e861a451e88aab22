"""Who is in a group that Rolecall owns: the whole list in one object."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import Field

from rolecall.errors import ObjectMissing, RolecallError
from rolecall.systems.okta.client import members, okta, one
from rolecall.systems.ownership import is_marked, not_owned
from rolecall.systems.removals import RemovalOverride, check_removals
from rolecall.systems.requests import Request
from rolecall.systems.resource import Live, Model, PartlyMade, Resource


class MembershipInputs(Model):
    """The members of a group."""

    group_id: str = Field(min_length=1, description="id of the group, which has to be Rolecall's")
    members: list[str] = Field(description="ids of all users in it; the order means nothing")
    managed_by: str = Field(min_length=1, description="whose the group is")
    removal_override: RemovalOverride | None = Field(default=None, description="allows to remove more than a third")


class GroupMembership(Resource[MembershipInputs]):
    """All members of a group that Rolecall owns; a group of anybody else is refused."""

    token = "rolecall:okta:GroupMembership"
    description = "All members of a group in Okta that Rolecall owns."
    model = MembershipInputs
    replaced_by = frozenset({"groupId"})
    unordered = frozenset({"members"})

    def create(self, inputs: MembershipInputs) -> Live[MembershipInputs]:
        """Fill the group."""
        return self._write(inputs, made=True)

    def read(self, identity: str, declared: MembershipInputs | None) -> Live[MembershipInputs] | None:
        """Return who is in the group now."""
        try:
            found = [str(user["id"]) for user in members(identity)]
        except ObjectMissing:
            return None
        managed_by = declared.managed_by if declared else "rolecall"
        return Live(identity, MembershipInputs(group_id=identity, members=sorted(found), managed_by=managed_by))

    def update(self, identity: str, old: MembershipInputs, new: MembershipInputs) -> Live[MembershipInputs]:
        """Add who is missing, then remove who is too many."""
        return self._write(new, made=False)

    def delete(self, identity: str, declared: MembershipInputs) -> None:
        """Stop keeping the list; who is in the group stays until the group itself goes."""

    def _write(self, inputs: MembershipInputs, *, made: bool) -> Live[MembershipInputs]:
        group = one(f"/api/v1/groups/{inputs.group_id}")
        name = f"Okta group {group['profile']['name']!r}" if group else f"Okta group {inputs.group_id}"
        if group is None or not is_marked(group["profile"].get("description"), inputs.managed_by):
            raise not_owned(name)
        held = [str(user["id"]) for user in members(inputs.group_id)]
        today = datetime.now(UTC).date()
        check_removals(f"members of {name}", held, inputs.members, inputs.removal_override, today)
        missing = [user for user in inputs.members if user not in held]
        extra = [user for user in held if user not in inputs.members]
        done = list(held)
        try:
            for user in missing:
                okta().send(Request("PUT", f"/api/v1/groups/{inputs.group_id}/users/{user}"))
                done.append(user)
            for user in extra:
                okta().send(Request("DELETE", f"/api/v1/groups/{inputs.group_id}/users/{user}"))
                done.remove(user)
        except RolecallError as error:
            if made:
                raise PartlyMade(Live(inputs.group_id, inputs.model_copy(update={"members": done})), error) from error
            raise
        return Live(inputs.group_id, inputs)
