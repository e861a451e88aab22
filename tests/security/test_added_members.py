"""Undeclared members of a group of the Databricks account are listed before a run removes them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rolecall.deploy import provisioned_members
from rolecall.deploy.unrecorded_lists import hand_made_of_stack
from rolecall.engine.stack_state import Resource, StackState
from rolecall.slices.holders import holders_change
from rolecall.slices.part import Part, part_of
from rolecall.slices.slice import ACCOUNT
from rolecall.systems.databricks import group_members
from rolecall.systems.databricks.group_members import GroupMembers
from rolecall.systems.databricks.lookups import Lookups
from tests.support.contracts import compiled
from tests.support.identity import GROUPS
from tests.support.identity_contract import contract

ADA, EVE, MAX = (
    {"id": one, "userName": f"{one}@example.com", "externalId": f"00u-{one}"} for one in ("ada", "eve", "max")
)


def person(user: dict[str, str]) -> dict[str, str]:
    return {"userName": user["userName"], "externalId": user["externalId"]}


def of_account(monkeypatch: pytest.MonkeyPatch, *held: str) -> None:
    monkeypatch.setattr(group_members, "_members", lambda identity: [*held] if identity == "41" else [])
    monkeypatch.setattr(group_members, "users", SimpleNamespace(get=lambda: [ADA, EVE, MAX]))
    groups = [{"id": "10", "displayName": "nested"}]
    monkeypatch.setattr(group_members, "groups", SimpleNamespace(get=lambda: groups))


def of_identity_provider(monkeypatch: pytest.MonkeyPatch, *people: dict[str, str]) -> None:
    class Members:
        def call(self, arguments: Any) -> dict[str, Any]:
            found = people if arguments.group_id == GROUPS["okta"]["engineers"] else ()
            return {"members": [person(one) for one in found]}

    monkeypatch.setattr(provisioned_members, "FUNCTIONS", {"rolecall:okta:getGroupMembers": Members})


def account(folder: Path) -> Part:
    return part_of(compiled(folder, contract("okta", "rolecall")), ACCOUNT, Lookups())


def state(*people: dict[str, str]) -> StackState:
    token, inputs = GroupMembers.token, {"groupId": "41", "members": [person(one) for one in people]}
    name = GROUPS["okta"]["engineers"]
    return StackState("x", 0, (Resource(f"urn:s::p::{token}::{name}", token, "41", inputs, inputs, custom=True),), ())


def test_service_principals_groups_and_people_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of_account(monkeypatch, "ada", "eve", "max", "10", "77")
    of_identity_provider(monkeypatch, MAX)
    (message,) = hand_made_of_stack(account(tmp_path), state(ADA))
    for name in ("eve@example.com", "nested (group)", "77 (service principal)"):
        assert f"{name} loses its place" in message
    assert "max" not in message
    assert "ada" not in message, "the identity provider has taken her out"


def test_an_unchanged_list_removes_no_member(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of_account(monkeypatch, "ada", "77")
    of_identity_provider(monkeypatch, ADA)
    assert [*hand_made_of_stack(account(tmp_path), state(ADA))] == []
    of_identity_provider(monkeypatch, ADA, EVE)
    assert len([*hand_made_of_stack(account(tmp_path), state(ADA))]) == 1


def test_unreadable_members_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of_account(monkeypatch, "ada")
    monkeypatch.setattr(group_members, "users", SimpleNamespace(get=lambda: [{"id": "ada"}]))
    of_identity_provider(monkeypatch, ADA)
    (message,) = hand_made_of_stack(account(tmp_path), state(EVE))
    assert "undeclared entries could not be read" in message


def test_a_refresh_includes_nested_groups_and_service_principals(monkeypatch: pytest.MonkeyPatch) -> None:
    of_account(monkeypatch, "ada", "10", "77")
    live = GroupMembers().read("41", None)
    assert live is not None
    assert live.inputs.member_groups == ["10", "77"]
    old = {"inputs": state(ADA).resources[0].inputs, "outputs": live.inputs.properties()}
    update = {"type": GroupMembers.token, "op": "update", "urn": "urn:s::p::x::g", "old": old, "new": {**old}}
    change = holders_change({"metadata": update})
    assert change is not None
    assert (change.before, change.after) == (("10", "77", "ada@example.com"), ("ada@example.com",))
