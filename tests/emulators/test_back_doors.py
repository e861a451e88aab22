"""Back doors of every row of live access, opened in an emulated world without an engine, and named by parity."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from databricks.sdk.service.workspace import AclPermission
from typer.testing import CliRunner

from rolecall.cli.main import app
from rolecall.contract.naming import service_principal_external_id
from rolecall.parity.live_access import live_access
from rolecall.parity.report import Finding, FindingKind
from tests.support.contracts import DATABRICKS
from tests.support.documents import document
from tests.support.doors_beside import BESIDE, BESIDE_HARMLESS
from tests.support.hand_world import hand_world
from tests.support.more_back_doors import DOORS, HARMLESS, Door
from tests.support.opening import CLEO, JOBS, WORK

ALL = (*DOORS, *BESIDE)
# Doors that give nothing on a single object: entitlements, policies, tags, bindings, options of connections, settings
# of recipients and metastores, and privileges on what is outside the contract.
UNPLACED = 27


def opens(door: Door, finding: Finding) -> bool:
    about = f"{finding.about} {finding.subject}"
    return door.names in about and door.says in f"{finding.live} {finding.given}"


def test_every_back_door_is_named_with_what_closes_it_and_nothing_else_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hand_world(tmp_path, monkeypatch) as world:
        assert world.findings() == [], "an unchanged world is equal"
        for make in (*HARMLESS, *BESIDE_HARMLESS):
            make(world)
        assert world.findings() == [], "what reaches nothing of the contract is no finding"
        for door in ALL:
            door.open(world)
        report = world.parity()
        assert report.not_read == ()
        assert [one.live for one in report.findings if one.kind is FindingKind.UNKNOWN] == []
        assert report.exit_code == 1
        assert [door.names for door in ALL if not any(opens(door, one) for one in report.findings)] == []
        others = [one for one in report.findings if not any(opens(door, one) for door in ALL)]
        assert [(one.about, one.subject, one.live) for one in others] == [], "no false alarm"
        assert [one.about for one in report.findings if not one.how] == []


def test_back_doors_are_steps_of_the_access_graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with hand_world(tmp_path, monkeypatch) as world:

        def answers(*arguments: str) -> list[dict[str, Any]]:
            path = str(tmp_path / "contract.yaml")
            chosen = [path] if arguments[0] == "escalations" else ["--contract", path]
            result = CliRunner().invoke(app, [*arguments, "--live", "--format", "json", *chosen])
            assert result.exit_code == 0, result.output
            name = "escalations" if arguments[0] == "escalations" else "answers"
            found: list[dict[str, Any]] = document(arguments, result.stdout)[name]
            return found

        def able(*arguments: str) -> set[str]:
            return {one["subject"] for one in answers(*arguments)}

        before = able("who-can", "view", "dataset:fraud/cards")
        assert before >= {"fraud/trainer", "engineers"}, "engineers edit a job that runs as the principal"
        assert {one["of"] for one in answers("escalations")} == {"engineers"}
        for door in DOORS:
            door.open(world)
        gained = able("who-can", "view", "dataset:fraud/cards") - before
        assert gained >= {
            "analysts",
            "contractors",
            "visitors",
            CLEO,
            "view lab.play.peek",
            "function acme.fraud_scores.card",
            "recipients of share abroad",
            "clean room 'joint' in workspace nonprod",
            "vector search index lab.play.cards_index in workspace nonprod",
            "app 'viewer' in workspace nonprod",
        }
        (answer,) = answers("path", "contractors", "engineers")
        assert answer["paths"][0][0]["step"] == "is nested in"
        escalating = {(one["of"], one["acting_as"]) for one in answers("escalations")}
        assert ("contractors", "engineers") in escalating
        unplaced = live_access(world.parity()).unplaced
        assert len(unplaced) <= UNPLACED, unplaced
        reached = {(one["kind"], one["object"]) for one in answers("blast-radius", "analysts")}
        assert ("dataset", "fraud/cards") in reached


def test_objects_that_do_not_exist_yet_are_reported_as_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.support.hand_world._make", lambda _world: None)
    with hand_world(tmp_path, monkeypatch) as world:
        report = world.parity()
        assert report.exit_code == 1
        assert {one.kind for one in report.findings if one.target is not None} == {FindingKind.MISSING}
        assert FindingKind.UNKNOWN not in {one.kind for one in report.findings}


SHARED_WORKSPACE = (
    DATABRICKS
    + """\
workspaces:
  nonprod: {host: "${env:ML_NONPROD_HOST}"}
environments:
  dev: {workspace: nonprod}
  test: {workspace: nonprod}
break_glass: {group: emergency}
groups:
  engineers: {external: 00g-engineers}
  emergency: {managed: true}
roles:
  engineer:
    - {may: edit, kind: [job, secret_scope]}
projects:
  fraud:
    owner: engineers
    bindings: [{role: engineer, to: engineers, in: [dev, test]}]
    service_principals: {trainer: {}}
    secret_scopes: {network: {}}
    jobs:
      land:
        run_as: trainer
        tasks: [{task_key: land, notebook_task: {notebook_path: /x}}]
"""
)


def test_objects_of_another_environment_in_a_shared_workspace_are_not_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hand_world(tmp_path, monkeypatch, SHARED_WORKSPACE) as world:
        contract = world.compiled.contract
        trainer = world.account.service_principals.create(
            display_name="test-fraud-trainer",
            external_id=service_principal_external_id(contract, "fraud", "trainer", "test"),
        )
        identity = str(trainer.application_id)
        user = f"servicePrincipals/{world.account.config.client_id}"
        world.rules(f"servicePrincipals/{identity}", {"roles/servicePrincipal.user": [user]})
        world.emulator.assign("test-fraud-trainer")
        job = {"name": "[test] fraud-land", "run_as": {"service_principal_name": identity}, **WORK}
        world.do("POST", JOBS, job)
        world.workspace.secrets.create_scope("test-fraud-network")
        world.workspace.secrets.put_acl("test-fraud-network", identity, AclPermission.READ)
        assert world.findings() == []
        world.do("POST", JOBS, {**job, "name": "by hand"})
        world.workspace.secrets.create_scope("by-hand")
        world.workspace.secrets.put_acl("by-hand", identity, AclPermission.READ)
        found = {one.resource: one.live for one in world.findings()}
        assert any("'by hand'" in thing and "runs as" in live for thing, live in found.items())
        assert any("by-hand" in thing and "gives" in live for thing, live in found.items())
        assert len(found) == 2
