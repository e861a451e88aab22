"""A contract that goes back to what it said after a run that failed: nothing is lost or left behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.contracts import CONTRACT, PROJECT
from tests.support.documents import stacks
from tests.support.emulator import ServedEmulator, served
from tests.support.project import contract_project

pytestmark = pytest.mark.engine
REFUSED = {"kind": "status", "status": 400, "method": "write", "times": -1}
# The project and its job have other names, and there is another project.
OTHER = PROJECT.partition("\n")[2].replace("  churn:\n", "  other:\n")
RENAMED = CONTRACT.replace("  churn:\n", "  retention:\n    renamed_from: churn\n").replace(
    "      train:\n", "      fit:\n        renamed_from: train\n"
)
RENAMED = RENAMED.replace("{group: emergency}", "{group: rescue}").replace(
    "emergency: {managed: true}", "rescue: {managed: true, renamed_from: emergency}"
)


def ids(emulator: ServedEmulator) -> dict[str, set[str]]:
    """Return the ids of groups, service principals, jobs and cluster policies."""
    account = emulator.emulator.account
    found = {sort: {one.id for one in account.of_type(sort)} for sort in ("Group", "ServicePrincipal")}
    for name, space in account.workspaces.items():
        found[name] = {*space.jobs, *space.cluster_policies}
    return found


def test_a_rename_and_a_new_project_that_are_taken_back(tmp_path: Path) -> None:
    with served(small_pages=False) as emulator:
        project = contract_project(tmp_path / "project", emulator, CONTRACT)
        project.deployed("up")
        before = ids(emulator)

        project.write("contract.yaml", RENAMED + OTHER)
        refuses = [{**REFUSED, "path": path} for path in ("/api/*/policies/clusters/edit", "/api/*/jobs/create")]
        emulator.fault(emulator.host("nonprod"), *refuses)
        failed = stacks(project.rolecall("up", "--yes", "--format", "json").stdout)
        emulator.fault(emulator.host("nonprod"))
        assert {name for name, one in failed.items() if one["status"] == "failed"} == {"dev.retention", "dev.other"}
        assert ids(emulator) != before

        project.write("contract.yaml", CONTRACT)
        told = project.deployed("up")
        taken = [text for one in told.values() for text in one["warnings"] if text.startswith("taken over from stack")]
        assert len(taken) == len(("dev", "prod")), told
        assert ids(emulator) == before, "what was there is what it was, and nothing of the other project is left"
        assert not [path.stem for path in (project.folder / ".state").rglob("*.json") if "retention" in path.stem]
        parity = json.loads(project.rolecall("parity", "--format", "json").stdout)
        assert parity["equal"], parity["findings"]
        again = project.deployed("up", "--every-stack")
        assert {kind for one in again.values() for kind in one["changes"]} == {"same"}
