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
from tests.support.hand_objects import MAKERS
from tests.support.hand_world import ENVIRONMENT, HandWorld, hand_world, identity_of
from tests.support.workspace_kinds import KINDS_CONTRACT

KINDS = list(MAKERS)


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


def test_an_alert_that_runs_as_another_is_different(world: HandWorld) -> None:
    target = target_of(world, Kind.ALERT)
    path = f"/api/2.0/alerts/{identity_of(world, target)}"
    me = world.workspace.current_user.me().user_name
    world.do("PATCH", f"{path}?update_mask=run_as", {"run_as": {"service_principal_name": me}})
    (finding,) = world.findings()
    assert (finding.kind, finding.target) == (FindingKind.DIFFERENT, target)
    assert "the contract says trainer" in finding.live


def test_a_dashboard_that_is_published_with_embedded_credentials_is_different(world: HandWorld) -> None:
    target = target_of(world, Kind.DASHBOARD)
    world.workspace.lakeview.publish(identity_of(world, target), embed_credentials=True)
    (finding,) = world.findings()
    assert (finding.kind, finding.target) == (FindingKind.DIFFERENT, target)
    assert "shows all readers what its publisher may read" in finding.live
    assert '"embed_credentials": false' in finding.how
    world.workspace.lakeview.publish(identity_of(world, target), embed_credentials=False)
    assert world.findings() == []


def test_a_cluster_dedicated_by_hand_is_compared_where_the_contract_names_a_principal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = KINDS_CONTRACT.replace(
        "node_type: m5d.large}}", "node_type: m5d.large, access_mode: dedicated, run_as: trainer}}"
    )
    with hand_world(tmp_path, monkeypatch, text) as world:
        target = target_of(world, Kind.CLUSTER)
        (finding,) = world.findings()
        assert (finding.kind, finding.target) == (FindingKind.DIFFERENT, target)
        assert "it runs as nobody; the contract says trainer" in finding.live


def test_what_the_contract_does_not_name_of_these_kinds_is_no_finding_until_it_reaches_something(
    world: HandWorld,
) -> None:
    for kind, make in MAKERS.items():
        if kind not in (Kind.PIPELINE, Kind.ALERT):
            make(world, f"by-hand-{kind.replace('_', '-')}"[:30])
    assert world.findings() == []
    MAKERS[Kind.PIPELINE](world, "by hand")
    MAKERS[Kind.ALERT](world, "by hand")
    found = world.findings()
    assert {one.kind for one in found} == {FindingKind.UNMANAGED}
    assert {one.about.split(" ")[0] for one in found} == {"pipeline", "alert"}


def test_what_no_run_sets_back_is_different_with_the_command_that_does(world: HandWorld) -> None:
    app, instance = target_of(world, Kind.APP), target_of(world, Kind.DATABASE_INSTANCE)
    name = identity_of(world, app)
    world.do("PATCH", f"/api/2.0/apps/{name}", {"name": name, "user_api_scopes": ["sql"]})
    path = f"/api/2.0/database/instances/{identity_of(world, instance)}?update_mask=enable_pg_native_login"
    world.do("PATCH", path, {"enable_pg_native_login": True})
    found = {one.target: one for one in world.findings()}
    assert {one.kind for one in found.values()} == {FindingKind.DIFFERENT}
    assert "with the scopes sql" in found[app].live
    assert found[app].how.startswith("`databricks apps update")
    assert "enable_pg_native_login is True" in found[instance].live
    assert found[instance].how.startswith("`databricks database update-database-instance")
