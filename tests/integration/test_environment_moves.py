"""An environment in another workspace: what it has goes there, and nothing stays behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.contracts import CONTRACT
from tests.support.documents import stacks
from tests.support.emulator import ServedEmulator, served
from tests.support.project import contract_project

pytestmark = pytest.mark.engine
REFUSED = {"kind": "status", "status": 400, "times": -1}
# The former workspace leaves the contract with the environment's move.
MOVED = CONTRACT.replace("dev: {workspace: nonprod}", "dev: {workspace: prod}").replace(
    '  nonprod: {host: "${env:ML_NONPROD_HOST}"}\n', ""
)


def held(emulator: ServedEmulator) -> dict[str, tuple[int, int]]:
    """Return how many assignments and jobs each workspace has; the deployer's own assignment counts."""
    return {name: (len(one.assignments), len(one.jobs)) for name, one in emulator.emulator.account.workspaces.items()}


def test_an_environment_is_in_another_workspace(tmp_path: Path) -> None:
    with served(small_pages=False) as emulator:
        project = contract_project(tmp_path / "project", emulator, CONTRACT)
        project.deployed("up")
        assert held(emulator) == {"nonprod": (5, 1), "prod": (4, 1)}

        project.write("contract.yaml", MOVED)
        previewed = stacks(project.rolecall("preview", "--format", "json").stdout)
        assert any("Job churn-train is replaced" in told for told in previewed["dev.churn"]["warnings"])
        emulator.fault(emulator.host("prod"), {**REFUSED, "method": "write", "path": "/api/*/jobs/create"})
        failed = project.rolecall("up", "--yes", "--format", "json")
        emulator.fault(emulator.host("prod"))
        assert stacks(failed.stdout)["dev.churn"]["status"] == "failed"
        assert held(emulator) == {"nonprod": (5, 1), "prod": (6, 1)}, "nothing is deleted before it exists again"
        parity = project.rolecall("parity", "--format", "json")
        assert not json.loads(parity.stdout)["equal"]

        project.deployed("up")
        assert held(emulator) == {"nonprod": (1, 0), "prod": (6, 2)}
        parity = project.rolecall("parity", "--format", "json")
        assert json.loads(parity.stdout)["equal"], parity.stdout
