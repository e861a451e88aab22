"""What an engine that somebody runs by hand was told about packs."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from rolecall.contract.contract import Contract
from rolecall.deploy import plain_warnings as plain_module
from rolecall.deploy import unrecorded_lists
from rolecall.deploy.plain_engine import packs_named, refuse_removals
from rolecall.deploy.plain_warnings import plain_warnings
from rolecall.engine.stack_state import Resource, StackState
from rolecall.errors import RemovalRefused
from rolecall.ids.ids import GroupId
from rolecall.slices.part import part_of
from rolecall.slices.slice import ACCOUNT, Slice
from rolecall.slices.unrecorded_list import UnrecordedList
from rolecall.systems.databricks.client import Reader, shared_reads
from rolecall.systems.databricks.list_entries import ListAddress
from rolecall.systems.databricks.lookups import Lookups
from tests.support.contracts import CONTRACT, TODAY, compiled

WHY = "reason: x, owner: ada, expires: 2026-12-01"


@pytest.mark.parametrize(
    ("arguments", "packs"),
    [
        (["pulumi", "up"], []),
        (["pulumi", "up", "--policy-pack", "a"], ["a"]),
        (["pulumi", "up", "--policy-pack=a", "--policy-pack", "b"], ["a", "b"]),
        (["pulumi", "up", "--policy-pack=a,b"], ["a", "b"]),
        (["pulumi", "up", "--policy-pack-config=a"], []),
        (["pulumi", "up", "--policy-pack"], []),
    ],
)
def test_packs_are_read_from_the_command_line(arguments: list[str], packs: list[str]) -> None:
    assert [*packs_named(arguments)] == packs


def refused(folder: Path, text: str, one: Slice, *resources: Resource) -> str:
    """Return why plain `pulumi up` of a stack is refused; empty where it is not."""
    whole = compiled(folder, text)
    contract: Contract = whole.contract
    lookups = Lookups(ids={key: str(number) for number, key in enumerate(contract.groups, 1)})
    try:
        refuse_removals(contract, part_of(whole, one, lookups), StackState("x", 0, resources, ()), lookups, TODAY)
    except RemovalRefused as error:
        return error.what
    return ""


def test_plain_pulumi_lists_lost_access(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine's own preview shows only numbers, and no losses in an object's first list."""
    token = "databricks:index/permissions:Permissions"
    controls = [{"groupName": one, "permissionLevel": "CAN_MANAGE_RUN"} for one in ("engineers", "interns")]
    inputs = {"jobId": "1", "accessControls": controls}
    urn = f"urn:pulumi:dev.churn::p::{token}::churn-train"
    held = Resource(urn, token, "/jobs/1", inputs, inputs, custom=True)
    allowed = SimpleNamespace(allowed=True, message="eve loses CAN_VIEW")
    monkeypatch.setattr(plain_module, "losses_of_stack", lambda *_: [allowed])

    def refuses(*_: object) -> None:
        raise RemovalRefused("max loses CAN_EDIT", "Nothing was changed.")

    monkeypatch.setattr(plain_module, "refuse_losses", refuses)
    whole, one = compiled(tmp_path), Slice("dev", "churn")
    part, state = part_of(whole, one, Lookups()), StackState("x", 0, (held,), ())
    warnings = [*plain_warnings(whole.contract, part, state, Lookups(), TODAY, previews=True)]
    assert any("access is revoked from interns" in one for one in warnings), warnings
    assert not any("engineers" in one for one in warnings)
    assert warnings[1] == "eve loses CAN_VIEW"
    assert warnings[2].startswith("`pulumi up` refuses this run: max loses CAN_EDIT")
    assert len([*plain_warnings(whole.contract, part, state, Lookups(), TODAY, previews=False)]) == 2


def test_plain_pulumi_names_assignments_that_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_module, "losses_of_stack", lambda *_: [])
    monkeypatch.setattr(plain_module, "closed_addresses", lambda *_: [])
    token = "databricks:index/permissionAssignment:PermissionAssignment"
    inputs = {"principalId": "77", "permissions": ["USER"]}
    held = Resource(f"urn:pulumi:account::p::{token}::interns/prod", token, "77", inputs, inputs, "prod", custom=True)
    whole = compiled(tmp_path)
    part, state = part_of(whole, ACCOUNT, Lookups()), StackState("x", 0, (held,), ())
    warnings = plain_warnings(whole.contract, part, state, Lookups(), TODAY, previews=False)
    assert "interns/prod (PermissionAssignment) is deleted, with the access that it grants" in warnings


def test_plain_pulumi_keeps_the_assignments_of_a_projects_principals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are no groups: the project's own stack assigns them."""
    monkeypatch.setattr(plain_module, "losses_of_stack", lambda *_: [])
    token = "databricks:index/permissionAssignment:PermissionAssignment"
    names = ["trainer", *(f"worker-{number}" for number in range(11))]
    text = CONTRACT.replace(
        "service_principals: {trainer: {}}", f"service_principals: {{{': {}, '.join(names)}: {{}}}}"
    )
    assert text != CONTRACT

    def assigned(name: str) -> Resource:
        inputs = {"principalId": name, "permissions": ["USER"]}
        return Resource(f"urn:pulumi:dev.churn::p::{token}::{name}", token, name, inputs, inputs, "dev", custom=True)

    held = [assigned(f"churn-{name}") for name in names]
    assert refused(tmp_path, text, Slice("dev", "churn"), *held) == ""
    whole = compiled(tmp_path, text)
    part, state = (
        part_of(whole, Slice("dev", "churn"), Lookups()),
        StackState("x", 0, (*held, assigned("churn-old")), ()),
    )
    warnings = [*plain_warnings(whole.contract, part, state, Lookups(), TODAY, previews=False)]
    assert warnings == ["churn-old (PermissionAssignment) is deleted, with the access that it grants"]


def test_plain_pulumi_takes_a_workspace_from_few_at_once(tmp_path: Path) -> None:
    token = "databricks:index/permissionAssignment:PermissionAssignment"
    held = [
        Resource(f"urn:s::p::{token}::g{number}/nonprod", token, "", {"principalId": float(number)}, {}, "nonprod")
        for number in range(1, 13)
    ]
    shown = refused(tmp_path, CONTRACT, ACCOUNT, *held)
    assert "workspace nonprod" in shown
    assert "9 of 12 would be removed" in shown, "three groups of the contract stay"
    assert refused(tmp_path, CONTRACT, ACCOUNT, *held[:9]) == ""
    override = f"removal_overrides: [{{object: nonprod, kind: workspace, {WHY}}}]\n{CONTRACT}"
    assert refused(tmp_path, override, ACCOUNT, *held) == ""


def test_plain_pulumi_deletes_no_list_of_many(tmp_path: Path) -> None:
    token = "databricks:index/permissions:Permissions"
    names = [{"groupName": f"team{number}", "permissionLevel": "CAN_VIEW"} for number in range(12)]
    old = Resource(f"urn:s::p::{token}::churn-old", token, "", {"jobId": "1", "accessControls": names}, {})
    assert "job churn/old in dev" in refused(tmp_path, CONTRACT, Slice("dev", "churn"), old)
    allowed = f"deletions: [{{project: churn, in: [dev], {WHY}}}]\n{CONTRACT}"
    assert refused(tmp_path, allowed, Slice("dev", "churn"), old) == ""


def test_warnings_and_refusals_share_the_lists_that_were_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = compiled(tmp_path, CONTRACT)
    lookups = Lookups(ids={key: str(number) for number, key in enumerate(whole.contract.groups, 1)})
    part = part_of(whole, Slice("dev", "churn"), lookups)
    found = UnrecordedList(GroupId("engineers"), "a list", "nonprod", ListAddress("token", "jobs/1"))
    monkeypatch.setattr(unrecorded_lists, "first_lists", lambda *_: [found])
    caches: list[object] = []

    def read(_: object, reader: Reader, *__: object) -> dict[str, set[str]]:
        caches.append(reader.remembered)
        return {}

    monkeypatch.setattr(unrecorded_lists, "live_entries", read)
    with shared_reads():
        for _ in range(2):
            assert unrecorded_lists.losses_of_stack(part, None, whole.contract, lookups, TODAY) == []
    first, second = caches
    assert first is not None
    assert first is second


@pytest.mark.parametrize("previews", [True, False])
def test_a_plain_preview_names_the_packs_without_which_up_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, previews: bool
) -> None:
    """It judged the stack by no rule of theirs, and said that nothing stands in the way."""
    monkeypatch.setattr(plain_module, "losses_of_stack", lambda *_: [])
    monkeypatch.setattr(plain_module, "refuse_losses", lambda *_: None)
    whole = compiled(tmp_path, f"policy_packs: [rolecall:guardrails]\n{CONTRACT}")
    part = part_of(whole, Slice("dev", "churn"), Lookups())
    found = [*plain_warnings(whole.contract, part, None, Lookups(), TODAY, previews=previews)]
    assert len(found) == int(previews)
    assert all("`pulumi up` refuses this run: the contract requires the policy packs" in one for one in found)
    assert all("pulumi up --policy-pack $(rolecall policy path rolecall:guardrails)" in one for one in found)
