"""What somebody was given by hand is named before a run that writes the same list takes it away."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from databricks.sdk.service import catalog, jobs, workspace

from tests.support.contracts import CONTRACT
from tests.support.documents import stacks
from tests.support.emulator import ServedEmulator
from tests.support.project import Project, contract_project

pytestmark = pytest.mark.engine

OBJECTS = """\
    datasets: {features: {}}
    secret_scopes: {payments: {}}
    cluster_policies:"""
ONE = CONTRACT.replace("dev: {workspace: nonprod}", "dev: {workspace: nonprod, catalog: acme_dev}")
ONE = ONE.replace("  prod: {workspace: prod, protected: true}\n", "").replace("in: [dev, prod]", "in: [dev]")
ONE = ONE.replace("    cluster_policies:", OBJECTS).replace(
    "viewer: [{may: view, kind: job}]",
    "viewer: [{may: view, kind: job}, {may: view, kind: dataset}, {may: view, kind: secret_scope}]",
)
STRANGER = "users"
NAMED = ("job churn/train in dev", "dataset churn/features in dev", "secret scope churn/payments in dev")


def test_a_run_names_what_was_given_by_hand_before_it_takes_it_away(tmp_path: Path, emulator: ServedEmulator) -> None:
    project = contract_project(tmp_path, emulator, ONE)
    project.deployed("up")
    client = emulator.workspace()
    (job,) = client.jobs.list(name="[dev] churn-train")
    level = jobs.JobPermissionLevel.CAN_VIEW
    entry = jobs.JobAccessControlRequest(group_name=STRANGER, permission_level=level)
    client.jobs.update_permissions(str(job.job_id), access_control_list=[entry])
    client.secrets.put_acl("dev-churn-payments", STRANGER, workspace.AclPermission.READ)
    more = catalog.PermissionsChange(add=[catalog.Privilege.SELECT], principal="account users")
    client.grants.update("schema", "acme_dev.churn_features", changes=[more])

    # A contract that leaves these lists alone leaves alone what was added to them, and reads none of them.
    same = ONE.replace("max_workers: 2", "max_workers: 3")
    assert "by hand" not in shown(written(project, same).rolecall("preview"))

    changed = same.replace("role: viewer, to: analysts", "role: viewer, to: emergency")
    emulator.clear_statistics()
    answer = shown(written(project, changed).rolecall("preview"))
    for named in NAMED:
        assert f"{named}: " in answer
    assert "users has access that was added by hand" in answer
    assert emulator.statistics()["writes"] == 0
    outcomes = stacks(project.rolecall("preview", "--format", "json").stdout).values()
    (told,) = [one for one in outcomes if one["warnings"]]
    assert len(told["warnings"]) == len(NAMED)

    answer = shown(project.rolecall("up", "--yes"))
    assert all(f"{named}: " in answer for named in NAMED)
    held = client.jobs.get_permissions(str(job.job_id)).access_control_list or []
    assert STRANGER not in {one.group_name for one in held}
    assert "by hand" not in shown(project.rolecall("up", "--yes")), "a second run has nothing to say"


def written(project: Project, text: str) -> Project:
    project.write("contract.yaml", text)
    return project


def shown(answer: subprocess.CompletedProcess[str]) -> str:
    """Return what a command that went well has shown, with its lines joined."""
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return " ".join(f"{answer.stdout} {answer.stderr}".split())
