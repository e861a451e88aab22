"""The first list of a group's members names who is in the group already, and removes none of them silently."""

from __future__ import annotations

import pytest

from rolecall.errors import RemovalRefused
from rolecall.systems.identity_members import GroupMembership, MembershipInputs
from rolecall.systems.removals import RemovalOverride


class Members(GroupMembership):
    """A group in memory."""

    token = "rolecall:test:GroupMembership"
    description = "Members of a group in memory."

    def __init__(self, *members: str) -> None:
        self.members = [*members]

    def owned_group(self, group_id: str, managed_by: str) -> tuple[str, bool]:
        return f"group {group_id!r}", True

    def held(self, group_id: str) -> list[str]:
        return [*self.members]

    def add(self, group_id: str, members: list[str]) -> None:
        self.members += members

    def remove(self, group_id: str, member: str) -> None:
        self.members.remove(member)


def inputs(*members: str, expires: str = "") -> MembershipInputs:
    values = {"reason": "x", "owner": "ada", "expires": expires}
    override = RemovalOverride.model_validate(values) if expires else None
    return MembershipInputs(group_id="g", members=[*members], managed_by="rolecall:a", removal_override=override)


@pytest.mark.parametrize("expires", ["", "2020-01-01"])
def test_who_is_in_a_group_already_is_named_and_stays(expires: str) -> None:
    group = Members("ada", "eve")
    with pytest.raises(RemovalRefused) as error:
        group.refuse_first_losses(inputs("ada", "ben", expires=expires))
    assert "group 'g' has entries that no run has made" in error.value.what
    assert "eve loses its place" in error.value.what
    assert group.members == ["ada", "eve"], "nothing was written"


def test_an_override_or_a_list_with_everybody_is_written() -> None:
    group = Members("ada", "eve")
    group.refuse_first_losses(inputs("ada", expires="2099-01-01"))
    group.create(inputs("ada", expires="2099-01-01"))
    assert group.members == ["ada"]
    group.refuse_first_losses(inputs("ada", "ben"))
    group.create(inputs("ada", "ben"))
    assert group.members == ["ada", "ben"]


def test_a_later_list_ends_what_the_contract_ends() -> None:
    group = Members("ada", "ben")
    group.update("g", inputs("ada", "ben"), inputs("ada"))
    assert group.members == ["ada"]
