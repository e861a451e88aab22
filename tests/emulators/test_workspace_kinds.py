"""Parity of kinds whose rights are a permissions object, against objects made by the vendor's client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rolecall.ids.ids import GroupId, ObjectId
from rolecall.ids.verbs import Kind
from rolecall.kinds.access import PERMISSIONS
from rolecall.kinds.registry import BY_NAME
from rolecall.parity.report import FindingKind
from tests.support.hand_world import ENVIRONMENT, HandWorld, hand_world, identity_of
from tests.support.workspace_kinds import KINDS_CONTRACT

KINDS = [Kind.PIPELINE]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HandWorld]:
    with hand_world(tmp_path, monkeypatch, KINDS_CONTRACT) as one:
        yield one


def target_of(world: HandWorld, kind: Kind) -> ObjectId:
    return next(one for one in world.compiled.access if one.kind is kind and one.environment == ENVIRONMENT)


def path_of(world: HandWorld, target: ObjectId) -> str:
    return f"{BY_NAME[target.kind].access.type}/{identity_of(world, target)}"


def listed(world: HandWorld, target: ObjectId) -> list[dict[str, str]]:
    """Return what is given directly on an object, in the form of a request."""
    answer = world.do("GET", f"/api/2.0/permissions/{path_of(world, target)}")
    keys = ("group_name", "service_principal_name", "user_name")
    return [
        {next(key for key in keys if entry.get(key)): next(str(entry[key]) for key in keys if entry.get(key))}
        | {"permission_level": str(held["permission_level"])}
        for entry in answer["access_control_list"]
        for held in entry["all_permissions"]
        if not held.get("inherited")
    ]


def put(world: HandWorld, target: ObjectId, entries: list[dict[str, str]]) -> None:
    world.do("PUT", f"/api/2.0/permissions/{path_of(world, target)}", {"access_control_list": entries})


def about(world: HandWorld) -> list[tuple[FindingKind, ObjectId | None, str]]:
    return [(one.kind, one.target, one.subject) for one in world.findings()]


def test_every_kind_is_tried() -> None:
    assert all(BY_NAME[kind].access.interface is PERMISSIONS for kind in KINDS)


def test_each_direction_of_a_difference_is_named(world: HandWorld) -> None:
    assert world.findings() == []
    for kind in KINDS:
        target = target_of(world, kind)
        before = listed(world, target)
        (lowest,) = next(iter(BY_NAME[kind].words.values()))
        put(world, target, [*before, {"group_name": "analysts", "permission_level": lowest}])
        assert about(world) == [(FindingKind.EXTRA, target, "analysts")]
        engineers = next(one for one in before if one.get("group_name") == "engineers")
        others = [one for one in before if one is not engineers]
        put(world, target, others)
        assert about(world) == [(FindingKind.MISSING, target, "engineers")]
        held = world.compiled.access[target][GroupId("engineers")]
        (other,) = next(words for verb, words in BY_NAME[kind].words.items() if verb.rank > held.rank)
        put(world, target, [*others, {**engineers, "permission_level": other}])
        assert [(one.target, one.subject) for one in world.findings()] == [(target, "engineers")]
        put(world, target, before)
    assert world.findings() == []


def test_what_could_not_be_read_is_unknown(world: HandWorld) -> None:
    targets = [target_of(world, kind) for kind in KINDS]
    faults = [
        {"kind": "status", "path": f"/api/2.0/permissions/{path_of(world, target)}", "status": 403, "times": -1}
        for target in targets
    ]
    world.emulator.fault(world.emulator.host("nonprod"), *faults)
    found = about(world)
    assert {target for kind, target, _ in found if kind is FindingKind.UNKNOWN} >= {*targets}
    assert {kind for kind, _, _ in found} == {FindingKind.UNKNOWN}


def test_a_pipeline_that_runs_as_another_is_different(world: HandWorld) -> None:
    target = target_of(world, Kind.PIPELINE)
    pipeline = world.workspace.pipelines.get(identity_of(world, target))
    spec = pipeline.spec.as_dict() if pipeline.spec else {}
    path = f"/api/2.0/pipelines/{pipeline.pipeline_id}"
    me = world.workspace.current_user.me().user_name
    world.do("PUT", path, {**spec, "run_as": {"service_principal_name": me}})
    (finding,) = world.findings()
    assert (finding.kind, finding.target) == (FindingKind.DIFFERENT, target)
    assert "the contract says trainer" in finding.live
    world.do("PUT", path, {**spec, "run_as": {"service_principal_name": world.application}})
    assert world.findings() == []


def test_a_job_by_hand_that_starts_a_pipeline_of_the_contract_is_unmanaged(world: HandWorld) -> None:
    identity = identity_of(world, target_of(world, Kind.PIPELINE))
    task = {"task_key": "again", "pipeline_task": {"pipeline_id": identity}}
    world.do("POST", "/api/2.2/jobs/create", {"name": "by hand", "tasks": [task]})
    (finding,) = world.findings()
    assert "starts dev.fraud/refine for everybody who may run it" in finding.live or "refine" in finding.live
    assert finding.kind is FindingKind.UNMANAGED
