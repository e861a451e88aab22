"""Who, and which groups, are in a group that Rolecall owns: the whole list in one object."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from pydantic import Field

from rolecall.errors import AnswerLost, ObjectMissing, RolecallError
from rolecall.systems.entra.client import every, graph, one
from rolecall.systems.entra.group import PATH
from rolecall.systems.ownership import is_marked, not_owned
from rolecall.systems.removals import RemovalOverride, check_removals
from rolecall.systems.requests import Request
from rolecall.systems.resource import Live, Model, PartlyMade, Resource

# "up to 20 members can be added in a single request" (group: update)
AT_ONCE = 20


class MembershipInputs(Model):
    """The direct members of a group."""

    group_id: str = Field(min_length=1, description="id of the group, which has to be Rolecall's")
    members: list[str] = Field(description="ids of all users and groups directly in it; the order means nothing")
    managed_by: str = Field(min_length=1, description="whose the group is")
    removal_override: RemovalOverride | None = Field(default=None, description="allows to remove more than a third")


class GroupMembership(Resource[MembershipInputs]):
    """All direct members of a group that Rolecall owns; a group of anybody else is refused."""

    token = "rolecall:entra:GroupMembership"
    description = "All direct members, users and nested groups, of a group in Entra ID that Rolecall owns."
    model = MembershipInputs
    replaced_by = frozenset({"groupId"})
    unordered = frozenset({"members"})

    def create(self, inputs: MembershipInputs) -> Live[MembershipInputs]:
        """Fill the group."""
        return self._write(inputs, made=True)

    def read(self, identity: str, declared: MembershipInputs | None) -> Live[MembershipInputs] | None:
        """Return who is in the group now."""
        try:
            found = _members(identity)
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
        path = f"{PATH}/{inputs.group_id}"
        group = graph().patiently(lambda: one(path), lambda found: found is not None, seconds=10)
        name = f"Entra group {group['displayName']!r}" if group else f"Entra group {inputs.group_id}"
        if group is None or not is_marked(group.get("description"), inputs.managed_by):
            raise not_owned(name)
        held = _members(inputs.group_id)
        today = datetime.now(UTC).date()
        check_removals(f"members of {name}", held, inputs.members, inputs.removal_override, today)
        missing = [member for member in inputs.members if member not in held]
        extra = [member for member in held if member not in inputs.members]
        try:
            for start in range(0, len(missing), AT_ONCE):
                _add(inputs.group_id, missing[start : start + AT_ONCE])
            for member in extra:
                graph().send(Request("DELETE", f"{path}/members/{member}/$ref"))
        except RolecallError as error:
            if made:
                done = inputs.model_copy(update={"members": _members(inputs.group_id)})
                raise PartlyMade(Live(inputs.group_id, done), error) from error
            raise
        return Live(inputs.group_id, inputs)


def _members(group_id: str) -> list[str]:
    return [str(member["id"]) for member in every(f"{PATH}/{group_id}/members", select="id")]


def _add(group_id: str, members: list[str]) -> None:
    """Add members; where the answer is lost, add only those that are not in yet."""
    base = (os.environ.get("ROLECALL_GRAPH_HOST") or "https://graph.microsoft.com").rstrip("/")
    left = members
    while left:
        body = {"members@odata.bind": [f"{base}/v1.0/directoryObjects/{member}" for member in left]}
        try:
            graph().send(Request("PATCH", f"{PATH}/{group_id}", body=body))
        except AnswerLost:
            held = _members(group_id)
            if (missing := [member for member in left if member not in held]) == left:
                raise
            left = missing
            continue
        return
