"""Counterparts with the real engine: who may run and change a job may run and change its workflow, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rolecall.emulators.conductor.emulator import ConductorEmulator
from rolecall.emulators.installation import Installation
from tests.integration.test_killed import killed_after_a_write
from tests.support.contracts import CONTRACT
from tests.support.deployed import Deployed
from tests.support.emulator import DESCRIPTION, served_together

pytestmark = pytest.mark.engine
RUN_AS = "        run_as: trainer\n"
# One environment: what is done in another would be the same.
PLAIN = CONTRACT.replace("  prod: {workspace: prod, protected: true}\n", "").replace("[dev, prod]", "[dev]")
TEXT = PLAIN.replace(RUN_AS, f"{RUN_AS}        counterparts: {{conductor: true}}\n")
WORKFLOW = "dev-churn-train"
TARGET = f"WORKFLOW_DEF/{WORKFLOW}"
GRANTS = "/api/auth/authorization"
EVERYTHING = ["DELETE", "EXECUTE", "READ", "UPDATE"]


class Systems(Deployed):
    """Databricks and Conductor with a project that deploys to both."""

    def __init__(self, installation: Installation, folder: Path) -> None:
        self.conductor: ConductorEmulator = installation.get(ConductorEmulator)
        super().__init__(installation, folder, TEXT)

    @staticmethod
    def cells(told: dict[str, Any]) -> dict[str, tuple[str, str]]:
        """Return what the matrix says of the job: for each system the words, and whether they are as they should be."""
        (row,) = told["jobs"]
        return {name: (cell["text"], cell["state"]) for name, cell in row.items() if name != "job"}

    def held(self) -> dict[str, list[str]]:
        return {subject: sorted(access) for subject, access in self.conductor.cluster.permissions[TARGET].items()}


@pytest.fixture
def systems(tmp_path: Path) -> Iterator[Systems]:
    description = {"databricks": DESCRIPTION, "conductor": {"users": [{"name": "ada@example.com"}]}}
    with served_together(description, small_pages=False) as installation:
        yield Systems(installation, tmp_path)


def test_a_workflow_has_the_holders_of_its_job_whoever_changes_which(systems: Systems) -> None:
    cluster = systems.conductor.cluster
    systems.up()
    application = next(key for key, one in cluster.applications.items() if one["name"] == "dev-churn-trainer")
    assert systems.held() == {
        "GROUP/engineers": EVERYTHING,
        "GROUP/emergency": EVERYTHING,
        "GROUP/analysts": ["READ"],
        f"USER/app:{application}": ["EXECUTE", "READ"],
    }
    (task,) = cluster.workflows[WORKFLOW]["1"]["tasks"]
    assert task["inputParameters"]["workspace"] == systems.addresses["databricks/nonprod"]
    assert task["inputParameters"]["job_id"].isdigit()
    assert cluster.permissions[f"TASK_DEF/{task['name']}"] == {f"USER/app:{application}": ["EXECUTE", "READ"]}
    assert cluster.applications[application]["roles"] == ["WORKER"]
    assert not cluster.applications[application]["keys"], "no key is made"
    before = systems.writes()
    systems.up("--refresh")
    assert systems.writes() == before, "a second run writes nothing"
    told = systems.parity()
    assert told["exit"] == 0, told["findings"]
    assert systems.cells(told) == {"databricks": ("run 3, edit 2", "equal"), "conductor": ("run 3, edit 2", "equal")}

    # One right is granted by hand, and another is revoked.
    cluster.permissions[TARGET]["GROUP/analysts"] = ["EXECUTE", "READ"]
    del cluster.permissions[TARGET]["GROUP/engineers"]
    told = systems.parity()
    assert told["exit"] == 1
    found = [(one["system"], one["finding"], one["subject"]) for one in told["findings"]]
    assert found == [("conductor", "different", "analysts"), ("conductor", "missing", "engineers")]
    assert [state for _, state in systems.cells(told).values()] == ["equal", "different"]
    systems.up("--refresh")
    assert systems.held()["GROUP/analysts"] == ["READ"]

    # The workflow's list stays: it gets a tag on which another group has access.
    cluster.permissions["TAG/team:risk"] = {"GROUP/analysts": ["EXECUTE", "READ"]}
    cluster.tags[TARGET] = [{"key": "team", "value": "risk", "type": "METADATA"}]
    assert [(one["finding"], one["subject"]) for one in systems.parity()["findings"]] == [("different", "analysts")]
    del cluster.tags[TARGET]

    # The permissions stay, too: a user gets a role that allows them to run everything.
    cluster.users["ada@example.com"]["roles"] = ["WORKFLOW_MANAGER"]
    (found_one,) = systems.parity()["findings"]
    assert (found_one["finding"], found_one["subject"]) == ("extra", "ada@example.com (person)")
    cluster.users["ada@example.com"]["roles"] = []

    # Two groups swap names in the identity provider: by these names, single sign-on fills the groups of Conductor.
    named = {one.display_name: one for one in systems.databricks.emulator.account.of_type("Group")}
    named["engineers"].display_name, named["analysts"].display_name = "analysts", "engineers"
    told = systems.parity()
    assert told["exit"] == 1
    assert {one["system"] for one in told["findings"]} == {"conductor"}
    assert {one["subject"] for one in told["findings"]} == {"analysts", "engineers"}
    named["engineers"].display_name, named["analysts"].display_name = "engineers", "analysts"

    # What a binding says changes in both.
    systems.project.write("contract.yaml", TEXT.replace("role: viewer, to: analysts", "role: runner, to: analysts"))
    systems.up()
    assert systems.held()["GROUP/analysts"] == ["EXECUTE", "READ"]
    told = systems.parity()
    assert systems.cells(told) == {"databricks": ("run 4, edit 2", "equal"), "conductor": ("run 4, edit 2", "equal")}

    # Without the counterpart, all of it goes.
    systems.project.write("contract.yaml", PLAIN)
    systems.up()
    assert not cluster.workflows
    assert not cluster.tasks
    assert "engineers" not in cluster.groups
    assert [one["name"] for one in cluster.applications.values()] == ["rolecall"]


def test_a_definition_that_was_changed_or_deleted_by_hand_is_told_and_repaired(systems: Systems) -> None:
    systems.up()
    cluster = systems.conductor.cluster
    definition = cluster.workflows[WORKFLOW]["1"]
    other = {"name": "HTTP", "taskReferenceName": "also", "type": "HTTP"}
    cluster.workflows[WORKFLOW]["1"] = {**definition, "tasks": [*definition["tasks"], other]}
    told = systems.parity()
    assert "does something else than its job" in told["findings"][0]["live"]
    (task,) = definition["tasks"]
    elsewhere = {**task, "inputParameters": {**task["inputParameters"], "workspace": "https://elsewhere"}}
    cluster.workflows[WORKFLOW]["1"] = {**definition, "tasks": [elsewhere]}
    assert "hands over workspace 'https://elsewhere'" in systems.parity()["findings"][0]["live"]
    systems.up("--refresh")
    assert cluster.workflows[WORKFLOW]["1"]["tasks"] == [task]
    del cluster.workflows[WORKFLOW]
    del cluster.permissions[TARGET]
    assert systems.cells(systems.parity())["conductor"] == ("not there", "different")
    systems.up("--refresh")
    assert systems.parity()["exit"] == 0
    # A group that is gone takes what it held with it.
    del cluster.groups["analysts"]
    del cluster.permissions[TARGET]["GROUP/analysts"]
    assert systems.parity()["exit"] == 1
    systems.up("--refresh")
    assert systems.parity()["exit"] == 0


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"kind": "status", "status": 503, "times": -1}, "does not answer"),
        ({"kind": "wrong-token", "times": -1}, "CONDUCTOR_AUTH_KEY"),
        (
            {"kind": "status", "status": 403, "method": "POST", "path": GRANTS, "times": -1},
            "refuses",
        ),
    ],
)
def test_an_outage_is_told_and_the_next_run_goes_on(systems: Systems, fault: dict[str, object], told: str) -> None:
    systems.fault("conductor", {"path": "/api/*", **fault})
    text = systems.up(fine=False)
    assert told in text
    assert all(
        access != EVERYTHING for held in systems.conductor.cluster.permissions.values() for access in held.values()
    )
    assert systems.project.rolecall("parity", "--format", "json").returncode in (1, 3), "never equal"
    systems.fault("conductor")
    systems.up()
    assert systems.parity()["exit"] == 0
    names = [one["name"] for one in systems.conductor.cluster.applications.values()]
    assert len(names) == len({*names}), "nothing is made twice"


def test_throttling_and_slow_answers_are_waited_for(systems: Systems) -> None:
    slow: dict[str, object] = {"kind": "latency", "path": "/api/*", "seconds": 1, "times": 4}
    systems.fault("conductor", {"kind": "status", "status": 429, "path": "/api/*", "times": 3}, slow)
    systems.up()
    assert systems.parity()["exit"] == 0


@pytest.mark.parametrize("number", [5, 9])
def test_killed_after_a_write_to_the_orchestrator_the_next_run_makes_nothing_twice(
    systems: Systems, number: int
) -> None:
    assert killed_after_a_write(systems.project, systems.databricks, systems.addresses["conductor"], number)
    systems.up()
    cluster = systems.conductor.cluster
    names = [one["name"] for one in cluster.applications.values()]
    assert sorted(names) == ["dev-churn-trainer", "rolecall"]
    told = systems.parity()
    assert told["exit"] == 0, told["findings"]
    before = systems.writes()
    systems.up()
    assert systems.writes() == before
