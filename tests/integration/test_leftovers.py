"""What the contract does not have any more goes whole, in the right order, and parity tells of it until then."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.test_deletions import ENVIRONMENTS, OBJECTS
from tests.support import documents
from tests.support.contracts import CLUSTER
from tests.support.emulator import ServedEmulator
from tests.support.project import Project, contract_project

pytestmark = pytest.mark.engine

FRAUD = f"""\
  fraud:
    owner: engineers
    bindings: [{{role: viewer, to: analysts, in: [dev, prod], ticket: SEC-2}}]
    service_principals: {{scorer: {{}}}}
    datasets: {{cases: {{}}}}
    jobs:
      score:
        run_as: scorer
        tasks:
          - task_key: score
            new_cluster: {CLUSTER}
            spark_python_task: {{python_file: /Workspace/Shared/score.py}}
"""
CHURN = ENVIRONMENTS.replace("    cluster_policies:", OBJECTS)
BOTH = CHURN + FRAUD
WITHOUT_PROD = "".join(line for line in BOTH.splitlines(keepends=True) if not line.startswith("  prod: {workspace"))
WITHOUT_PROD = WITHOUT_PROD.replace("in: [dev, prod], ticket", "in: [dev], ticket")
ENTRY = "deletions: [{environment: prod, reason: it is closed, owner: ada, expires: 2999-01-01}]\n"


def parity(project: Project) -> dict[str, Any]:
    answer = project.rolecall("parity", "--format", "json")
    assert answer.returncode in (0, 1), answer.stdout + answer.stderr
    told: dict[str, Any] = json.loads(answer.stdout)
    assert told["equal"] is (answer.returncode == 0)
    return told


def securables(emulator: ServedEmulator) -> list[str]:
    (metastore,) = emulator.emulator.account.metastores.values()
    return sorted(name for each in metastore.securables.values() for name in each)


def test_an_environment_goes_whole_also_after_a_failure_in_the_middle(tmp_path: Path, emulator: ServedEmulator) -> None:
    project = contract_project(tmp_path, emulator, BOTH)
    project.deployed("up")
    space = emulator.emulator.account.workspaces["prod"]
    project.write("contract.yaml", WITHOUT_PROD)
    told = parity(project)
    assert not told["equal"]
    found = {(one["object"], one["kind"], one["subject"]) for one in told["findings"] if one["environment"] == "prod"}
    assert {("churn/train", "job", "analysts"), ("fraud/score", "job", "analysts")} <= found, told["findings"]
    stacks = " ".join(str(one["live"]) for one in told["findings"])
    assert all(f"stack {stack} " in stacks for stack in ("prod", "prod.churn", "prod.fraud"))
    refused = project.rolecall("up", "--yes")
    assert refused.returncode == 1
    assert "dataset fraud/cases in prod would be deleted" in " ".join(refused.stdout.split())
    assert len(space.jobs) == 2

    project.write("contract.yaml", ENTRY + WITHOUT_PROD)
    refusal = {"kind": "status", "status": 400, "method": "DELETE", "times": -1}
    emulator.fault(emulator.host("prod"), {**refusal, "path": "/api/2.1/unity-catalog/schemas/acme_prod.fraud_cases"})
    failed = project.rolecall("up", "--yes", "--format", "json")
    assert failed.returncode != 0
    outcomes = documents.stacks(failed.stdout)
    assert outcomes["prod.fraud"]["status"] == "failed"
    assert outcomes["account"]["status"] == "not run", "nothing of the account goes before what needs it"
    assert {"acme_prod", "acme_prod.fraud_cases"} <= {*securables(emulator)}
    assert not parity(project)["equal"]

    emulator.fault(emulator.host("prod"))
    told_of = project.deployed("up")
    assert told_of["account"]["changes"]["delete"] > 0
    assert not [name for name in securables(emulator) if name.startswith("acme_prod")]
    assert not space.jobs
    assert not [one for one in emulator.emulator.account.principals.values() if one.display_name.startswith("prod-")]
    assert parity(project)["equal"]
    assert not any(one["ran"] for one in project.deployed("up").values())


def test_a_project_goes_whole_and_its_stacks_can_be_destroyed_by_name(tmp_path: Path, emulator: ServedEmulator) -> None:
    project = contract_project(tmp_path, emulator, BOTH)
    project.deployed("up")
    project.write(
        "contract.yaml", "deletions: [{project: fraud, reason: x, owner: ada, expires: 2999-01-01}]\n" + CHURN
    )
    unknown = project.rolecall("destroy", "--yes", "dev.frau")
    assert unknown.returncode == 2
    assert "Did you mean 'dev.fraud'?" in unknown.stderr
    assert list(project.deployed("destroy", "dev.fraud")) == ["dev.fraud"]
    assert len(emulator.emulator.account.workspaces["nonprod"].jobs) == 1
    assert len(emulator.emulator.account.workspaces["prod"].jobs) == 2
    project.deployed("up")
    assert len(emulator.emulator.account.workspaces["prod"].jobs) == 1
    assert parity(project)["equal"]
    project.write("contract.yaml", ENTRY + WITHOUT_PROD.replace(FRAUD.replace("[dev, prod]", "[dev]"), ""))
    assert {*project.deployed("destroy", "prod")} == {"prod", "prod.churn"}
    assert not emulator.emulator.account.workspaces["prod"].jobs
