"""What both identity providers answer and take of groups' members, so that a program is the same for each."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from pydantic import Field

from rolecall.errors import NotOwned, ObjectMissing, RemovalRefused, RolecallError
from rolecall.systems.access_list import AccessList
from rolecall.systems.ownership import not_owned
from rolecall.systems.removals import RemovalOverride, check_removals
from rolecall.systems.resource import Function, Live, Model, PartlyMade, Properties, Resource


class MembersArguments(Model):
    """Whose members."""

    group_id: str = Field(min_length=1, description="id of the group")


class GetGroupMembers(Function[MembersArguments]):
    """Everybody in a group, as Databricks knows people: user name, external id and display name of each."""

    returns = {
        "members": {
            "type": "array",
            "items": {"type": "object", "additionalProperties": {"type": "string"}},
            "description": "userName, externalId and displayName of each",
        }
    }

    @abstractmethod
    def people(self, group_id: str) -> Iterable[tuple[str, str, str]]:
        """Yield user name, id and display name of each active person; raises BrokenList for a list with gaps."""

    def call(self, arguments: MembersArguments) -> Properties:
        """Return them, by user name."""
        found: list[dict[str, Any]] = [
            {"userName": name, "externalId": identity, "displayName": shown}
            for name, identity, shown in self.people(arguments.group_id)
        ]
        return {"members": sorted(found, key=lambda one: str(one["userName"]))}


class MembershipInputs(Model):
    """The members of a group."""

    group_id: str = Field(min_length=1, description="id of the group, which has to be Rolecall's")
    members: list[str] = Field(description="ids of all that are directly in it; the order means nothing")
    managed_by: str = Field(min_length=1, description="whose the group is")
    removal_override: RemovalOverride | None = Field(default=None, description="allows to remove more than a third")


class GroupMembership(Resource[MembershipInputs]):
    """All direct members of a group that Rolecall owns, as one object; a group of anybody else is refused."""

    replaced_by = frozenset({"groupId"})
    unordered = frozenset({"members"})
    access_list = AccessList(("groupId",), entries="members", subject=(), words="")

    def list_shown(self, inputs: MembershipInputs) -> str:
        """Return the group's name."""
        return self.owned_group(inputs.group_id, inputs.managed_by)[0]

    def refuse_first_losses(self, inputs: MembershipInputs) -> None:
        """Refuse to fill a group of another owner, and one with members that no run has added."""
        name, owned = self.owned_group(inputs.group_id, inputs.managed_by)
        if not owned:
            raise not_owned(name)
        super().refuse_first_losses(inputs)

    @abstractmethod
    def owned_group(self, group_id: str, managed_by: str) -> tuple[str, bool]:
        """Return the group's name as messages call it, and whether it is there and of this owner."""

    @abstractmethod
    def held(self, group_id: str) -> list[str]:
        """Return the ids of all direct members; raises ObjectMissing, or BrokenList for a list with gaps."""

    @abstractmethod
    def add(self, group_id: str, members: list[str]) -> None:
        """Add members who are not in yet."""

    @abstractmethod
    def remove(self, group_id: str, member: str) -> None:
        """Take one member out."""

    def create(self, inputs: MembershipInputs) -> Live[MembershipInputs]:
        """Fill the group; a partial failure keeps the changes made, and the next run continues."""
        try:
            return self._write(inputs)
        except (NotOwned, RemovalRefused):
            raise  # nothing was written
        except RolecallError as error:
            done = self._done(inputs)
            if done is None:
                raise
            raise PartlyMade(Live(inputs.group_id, done), error) from error

    def read(self, identity: str, declared: MembershipInputs | None) -> Live[MembershipInputs] | None:
        """Return who is in the group now."""
        try:
            found = self.held(identity)
        except ObjectMissing:
            return None
        managed_by = declared.managed_by if declared else "rolecall"
        return Live(identity, MembershipInputs(group_id=identity, members=sorted(found), managed_by=managed_by))

    def update(self, identity: str, old: MembershipInputs, new: MembershipInputs) -> Live[MembershipInputs]:
        """Add who is missing, then remove who is too many."""
        return self._write(new)

    def delete(self, identity: str, declared: MembershipInputs) -> None:
        """Stop keeping the list; who is in the group stays until the group itself goes."""

    def _write(self, inputs: MembershipInputs) -> Live[MembershipInputs]:
        name, owned = self.owned_group(inputs.group_id, inputs.managed_by)
        if not owned:
            raise not_owned(name)
        held = self.held(inputs.group_id)
        today = datetime.now(UTC).date()
        check_removals(f"members of {name}", held, inputs.members, inputs.removal_override, today)
        if missing := [member for member in inputs.members if member not in held]:
            self.add(inputs.group_id, missing)
        for member in held:
            if member not in inputs.members:
                self.remove(inputs.group_id, member)
        return Live(inputs.group_id, inputs)

    def _done(self, inputs: MembershipInputs) -> MembershipInputs | None:
        """Return what is in the group after a write that failed; None where none of it was done by this run."""
        try:
            held = self.held(inputs.group_id)
        except RolecallError:
            return None
        wanted = [member for member in inputs.members if member in held]
        return inputs.model_copy(update={"members": sorted(held)}) if wanted else None
