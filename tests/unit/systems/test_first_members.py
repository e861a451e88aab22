"""The first list of a group's members names who is in the group already, and removes none of them silently."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from rolecall.errors import RemovalRefused, SystemUnreachable
from rolecall.systems.databricks import group_members
from rolecall.systems.databricks.group_members import GroupMembers, GroupMembersInputs, Member
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


def of_account(monkeypatch: pytest.MonkeyPatch, held: list[str], *people: dict[str, Any]) -> None:
    groups = [{"id": "10", "displayName": "nested"}, {"id": "11", "displayName": "kept"}]
    monkeypatch.setattr(group_members, "_members", lambda _: held)
    monkeypatch.setattr(group_members, "users", SimpleNamespace(get=lambda: people))
    monkeypatch.setattr(group_members, "groups", SimpleNamespace(get=lambda: groups))


def test_groups_and_service_principals_in_a_group_of_the_account_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    ada, eve = ({"id": one, "userName": f"{one}@example.com", "externalId": f"00u-{one}"} for one in ("ada", "eve"))
    of_account(monkeypatch, ["ada", "eve", "10", "11", "77"], ada, eve)
    kept = Member(user_name="Ada@example.com", external_id="00u-other")
    wanted = GroupMembersInputs(group_id="g", members=[kept], member_groups=["11"])
    with pytest.raises(RemovalRefused) as error:
        GroupMembers().refuse_first_losses(wanted)
    for name in ("eve@example.com", "nested (group)", "77 (service principal)"):
        assert f"{name} loses its place" in error.value.what
    assert "kept" not in error.value.what
    assert "ada" not in error.value.what.casefold()


def test_a_member_without_a_name_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    of_account(monkeypatch, ["ada"], {"id": "ada"})
    with pytest.raises(SystemUnreachable, match="userName"):
        GroupMembers().refuse_first_losses(GroupMembersInputs(group_id="g", members=[]))
