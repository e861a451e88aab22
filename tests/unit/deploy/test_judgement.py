"""What a run takes away as a whole: lists of many holders, memberships, workspaces."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from rolecall.access.compiler import compile_contract
from rolecall.compiled import CompiledContract
from rolecall.contract.contract import Contract
from rolecall.contract.loader import LoadedContract
from rolecall.contract.source import Places
from rolecall.deploy.deletions import patient_once
from rolecall.deploy.deployment import Deployment, Operation
from rolecall.deploy.guard import judge, judge_list
from rolecall.deploy.held_twice import HeldTwice, held_twice
from rolecall.deploy.judgement import needs_preview, refused
from rolecall.deploy.plan import Step, Why
from rolecall.deploy.session import Session
from rolecall.engine.departures import Departure
from rolecall.engine.events import Outcome, Violation
from rolecall.engine.stack_state import Resource, StackState
from rolecall.errors import SystemUnreachable
from rolecall.ids.ids import GroupId
from rolecall.slices.holders import HoldersChange
from rolecall.slices.part import part_of
from rolecall.slices.slice import ACCOUNT, Slice
from rolecall.systems.databricks.lookups import Lookups
from tests.support.contracts import CONTRACT, TODAY, load

PEOPLE = [f"person{number}" for number in range(12)]
JOB = {"jobId": "1", "accessControls": [{"groupName": name, "permissionLevel": "CAN_VIEW"} for name in PEOPLE]}
WHY = "reason: x, owner: ada, expires: 2026-12-01"


def resource(token: str, name: str, inputs: dict[str, Any], connection: str = "") -> Resource:
    return Resource(f"urn:pulumi:s::p::{token}::{name}", token, f"id-{name}", inputs, inputs, connection, custom=True)


def judged(
    contract: Contract, step: Step, *gone: Resource, today: date = TODAY, twice: HeldTwice | None = None
) -> list[Violation]:
    departures = [Departure(one.urn, one.type, one.id, one.inputs, one.outputs, one.connection) for one in gone]
    compilation = compile_contract(contract, Places(), today)
    whole = CompiledContract(LoadedContract(contract, Places(), ()), compilation)
    session: Any = SimpleNamespace(
        deployment=Deployment(Operation.UP),
        compiled=whole,
        today=today,
        lookups=Lookups(),
        states=SimpleNamespace(read=lambda stack: None),
        part=lambda one: part_of(whole, one, Lookups()),
        _unexpired=None,
    )
    session.expired_holders = partial(Session.expired_holders, session)
    found = refused(session, [step], {step.stack: Outcome(departures=departures)}, twice or {})
    return [one for each in found.values() for one in each]


def step(one: Slice, *resources: Resource) -> Step:
    return Step(one.stack, one, Why.CHANGED, StackState("x", 0, resources, ()))


@pytest.mark.parametrize(
    ("entry", "allowed"),
    [
        ("", False),
        (f"removal_overrides: [{{object: churn/old, kind: job, environment: dev, {WHY}}}]", True),
        (f"removal_overrides: [{{object: churn/old, kind: job, environment: prod, {WHY}}}]", False),
        (f"removal_overrides: [{{object: churn-old, kind: catalog, {WHY}}}]", False),
        (f"deletions: [{{project: churn, in: [dev], {WHY}}}]", True),
        (f"deletions: [{{project: churn, in: [prod], {WHY}}}]", False),
        (f"deletions: [{{environment: dev, {WHY}}}]", True),
    ],
)
def test_a_deleted_list_of_many_counts(tmp_path: Path, entry: str, *, allowed: bool) -> None:
    contract = load(tmp_path, f"{entry}\n{CONTRACT}").contract
    many = resource("databricks:index/permissions:Permissions", "churn-old", JOB)
    found = judged(contract, step(Slice("dev", "churn"), many), many)
    assert bool(found) is not allowed
    assert all("job churn/old in dev" in one.message and "12 of 12" in one.message for one in found)
    few = {**JOB, "accessControls": JOB["accessControls"][:9]}
    assert not judged(contract, step(Slice("dev", "churn")), resource(many.type, "churn-old", few))


@pytest.mark.parametrize("name", ["emergency", "Emergency", "00g-engineers"])
def test_the_members_of_a_group_that_goes_count(tmp_path: Path, name: str) -> None:
    """A resource is named after the group's key or its id in the identity provider."""
    text = CONTRACT.replace("emergency", "Emergency") if name == "emergency" else CONTRACT
    group = {"emergency": "Emergency", "Emergency": "Emergency", "00g-engineers": "engineers"}[name]
    held = {"groupId": "1", "members": [{"userName": one} for one in PEOPLE]}
    members = resource("rolecall:databricks:GroupMembers", name, held)
    account = step(ACCOUNT, members)
    (found,) = judged(load(tmp_path, text).contract, account, members)
    assert f"group {group}" in found.message
    if name != "Emergency":
        written = f"removal_overrides: [{{group: {group}, {WHY}}}]\n{text}"
        assert not judged(load(tmp_path, written).contract, account, members)
    gone = load(tmp_path, f"deletions: [{{kind: group, object: {name}, {WHY}}}]\n{text}").contract
    assert not judged(gone, account, members)


def test_all_who_lose_a_workspace_are_counted_together(tmp_path: Path) -> None:
    token = "databricks:index/permissionAssignment:PermissionAssignment"
    each = [resource(token, f"{name}-nonprod", {"principalId": name}, "nonprod") for name in PEOPLE]
    account = step(ACCOUNT, *each)
    contract = load(tmp_path).contract
    assert not judged(contract, account, *each[:4])
    (found,) = judged(contract, account, *each[:5])
    assert "workspace nonprod" in found.message
    assert "5 of 12 would be removed" in found.message
    override = f"removal_overrides: [{{object: nonprod, kind: workspace, {WHY}}}]\n{CONTRACT}"
    assert not judged(load(tmp_path, override).contract, account, *each)
    assert judged(load(tmp_path, override).contract, account, *each, today=date(2026, 12, 2))


def test_a_stack_that_holds_nothing_needs_no_preview() -> None:
    session: Any = SimpleNamespace(deployment=Deployment(Operation.UP))
    for one in (ACCOUNT, Slice("dev", "churn")):
        assert not needs_preview(session, Step(one.stack, one, Why.NEW, StackState("", 0, (), ())))


def test_a_host_that_does_not_answer_is_asked_once() -> None:
    asked: list[str] = []

    def contents(host: str, resource_type: str, name: str) -> None:
        asked.append(name)
        raise SystemUnreachable(f"{host} does not answer for {resource_type}")

    ask = patient_once(contents)
    assert [ask("http://127.0.0.1:1", "schema", name) for name in ("a", "b")] == [None, None]
    assert asked == ["a"]


@pytest.mark.parametrize(
    ("jobs", "kept", "entry", "refused_at_all"),
    [
        (12, 0, "", True),
        (12, 7, "", True),
        (12, 8, "", False),
        (9, 0, "", False),
        (12, 0, f"removal_overrides: [{{group: analysts, {WHY}}}]", False),
        (12, 0, f"removal_overrides: [{{group: engineers, {WHY}}}]", True),
    ],
)
def test_a_group_that_loses_a_few_on_many_objects_counts(
    tmp_path: Path, jobs: int, kept: int, entry: str, *, refused_at_all: bool
) -> None:
    """No single list loses more than one of its three holders."""
    body = CONTRACT[CONTRACT.index("      train:\n") :]
    names = [f"train{number}" for number in range(jobs)]
    text = CONTRACT.replace(body, "".join(body.replace("train:\n", f"{name}:\n", 1) for name in names))
    tags = "viewer: [{may: view, kind: job, tags: {kept: always}}]"
    text = text.replace("viewer: [{may: view, kind: job}]", tags)
    for name in names[:kept]:
        text = text.replace(f"      {name}:\n", f"      {name}:\n        tags: {{kept: always}}\n")
    contract = load(tmp_path, f"{entry}\n{text}").contract
    held = {
        "jobId": "1",
        "accessControls": [
            {"groupName": name, "permissionLevel": "CAN_VIEW"} for name in ("analysts", "engineers", "emergency")
        ],
    }
    lists = [resource("databricks:index/permissions:Permissions", f"churn-{name}", held) for name in names]
    found = judged(contract, step(Slice("dev", "churn"), *lists))
    assert bool(found) == refused_at_all
    for one in found:
        assert f"group analysts, its grants: {jobs - kept} of {jobs} would be removed" in one.message


def test_a_binding_that_has_ended_is_a_written_removal(tmp_path: Path) -> None:
    """The scheduled run takes away what ends by date; who takes a binding out needs an override."""
    teams = [f"team{number}" for number in range(12)]
    groups = "".join(f"  {name}: {{external: x-{name}}}\n" for name in teams)
    text = CONTRACT.replace("roles:\n", f"{groups}roles:\n", 1)
    before, job = text.split("      train:\n")
    text = before + "".join(f"      train{number}:\n{job}" for number in range(12))
    written = "".join(f"      - {{role: viewer, to: {name}, in: [dev], expires: 2026-11-19}}\n" for name in teams)
    ended = text.replace("    bindings:\n", f"    bindings:\n{written}")
    stay = ["engineers", "analysts", "emergency"]
    entries = [{"groupName": name, "permissionLevel": "CAN_VIEW"} for name in [*teams, *stay]]
    token = "databricks:index/permissions:Permissions"
    lists = [resource(token, f"churn-train{number}", {"jobId": "1", "accessControls": entries}) for number in range(12)]
    assert not judged(load(tmp_path, ended).contract, step(Slice("dev", "churn"), *lists))
    found = judged(load(tmp_path, text).contract, step(Slice("dev", "churn"), *lists))
    assert {one.resource for one in found} == {f"group {name}" for name in teams}
    change = HoldersChange(token, "churn-train1", tuple(sorted([*teams, *stay])), tuple(stay), {"jobId": "1"})
    contract = load(tmp_path, ended).contract
    assert judge_list(change, contract, TODAY, "dev", "churn") is not None
    assert judge_list(change, contract, TODAY, "dev", "churn", lambda _: teams) is None
    assert judge_list(change, contract, TODAY, "dev", "churn", lambda _: teams[:3]) is not None


@pytest.mark.parametrize(
    ("other", "external", "refuses"),
    [
        ("id-churn-train", False, True),
        ("another id", False, False),
        ("id-churn-train", True, False),
        ("missing ID", False, False),
    ],
)
def test_what_the_state_of_another_stack_holds_is_not_deleted(
    tmp_path: Path, other: str, *, external: bool, refuses: bool
) -> None:
    """An older state was restored, and its job has moved since."""
    contract = load(tmp_path, CONTRACT).contract
    job = resource("databricks:index/job:Job", "churn-train", {"name": "churn-train"})
    moved = replace(job, urn="urn:pulumi:dev.fraud::p::job::fraud-train", id=other, external=external)
    job = replace(job, id=other) if other == "missing ID" else job
    older, newer = step(Slice("dev", "churn"), job), StackState("x", 0, (moved,), ())
    states = SimpleNamespace(stacks=lambda: ["dev.churn", "dev.fraud"], read_if_whole=lambda _: newer)
    twice = held_twice(cast("Session", SimpleNamespace(states=states)), [older])
    found = judged(contract, older, job, twice=twice)
    assert bool(found) is refuses
    assert all("dev.fraud" in one.message and "pulumi state delete" in one.message for one in found)


@pytest.mark.parametrize(("expires", "allowed"), [("2026-12-01", True), ("2026-11-01", False)])
def test_a_group_loses_its_grants_with_its_written_deletion(tmp_path: Path, expires: str, *, allowed: bool) -> None:
    entry = f"deletions: [{{kind: group, object: leavers, reason: x, owner: ada, expires: {expires}}}]"
    contract = load(tmp_path, f"{entry}\n{CONTRACT}").contract
    found = judge(GroupId("leavers"), "its grants", {*PEOPLE}, set(), contract, TODAY)
    assert (found is None) is allowed
    assert judge(GroupId("engineers"), "its grants", {*PEOPLE}, set(), contract, TODAY) is not None
