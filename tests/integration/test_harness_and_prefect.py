"""Counterparts in Harness and Prefect with the real engine: the job's holders hold them, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from rolecall.emulators.harness.emulator import HarnessEmulator
from rolecall.emulators.installation import Installation
from rolecall.emulators.prefect.emulator import PrefectEmulator
from rolecall.systems.harness.identifiers import identifier
from rolecall.systems.prefect.counterpart import FLOW
from tests.integration.test_killed import killed_after_a_write
from tests.integration.test_orchestrators import PLAIN, RUN_AS
from tests.support.deployed import Deployed
from tests.support.emulator import DESCRIPTION, served_together
from tests.support.prefect_server import ask, prefect_server

pytestmark = pytest.mark.engine
COUNTERPARTS = "{harness: {approved_by: analysts}, prefect: true}"
TEXT = PLAIN.replace(RUN_AS, f"{RUN_AS}        counterparts: {COUNTERPARTS}\n")
NAME = "dev-churn-train"
PIPELINE = identifier(NAME)
HELD = {
    "engineers": "edit",
    "emergency": "edit",
    "analysts": "view",
    "dev-churn-trainer": "run",
}
LEVELS = {"view": "view", "run": "run", "edit": "manage"}


class Systems(Deployed):
    """Databricks, Harness and Prefect with a project that deploys to all."""

    def __init__(self, installation: Installation, folder: Path) -> None:
        self.harness: HarnessEmulator = installation.get(HarnessEmulator)
        self.prefect: PrefectEmulator = installation.get(PrefectEmulator)
        super().__init__(installation, folder, TEXT)

    def findings(self) -> list[tuple[str, str, str]]:
        found = self.parity()["findings"]
        return [(one["system"], one["finding"], one["subject"]) for one in found]

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Ask Prefect for something as its owner."""
        variables = self.prefect.variables()
        answer = ask(method, f"{self.prefect.url}{path}", body, variables["PREFECT_API_KEY"])
        return answer.raise_for_status().json() if answer.content else None

    def deployment(self) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("GET", f"/deployments/name/{FLOW}/{NAME}")
        return found

    def in_prefect(self) -> dict[str, str]:
        """Return who holds what on the deployment, by name, in the contract's words."""
        held = self.ask("GET", f"/deployments/{self.deployment()['id']}/access")
        return {
            one["name"].removeprefix("rolecall-acme--"): verb
            for verb, level in LEVELS.items()
            for one in held[f"{level}_actors"]
        }

    def in_harness(self) -> dict[str, str]:
        """Return who holds what on the pipeline, by name, in the contract's words."""
        names = {identifier(name): name for name in HELD}
        return {
            names[one["principal"]["identifier"]]: one["roleIdentifier"].removeprefix("rolecall_")
            for one in self.harness.project.assignments.values()
            if one["resourceGroupIdentifier"] == PIPELINE
        }


@pytest.fixture
def systems(tmp_path: Path) -> Iterator[Systems]:
    description = {"databricks": DESCRIPTION, "harness": {}, "prefect": {"server": prefect_server()}}
    with served_together(description, small_pages=True) as installation:
        yield Systems(installation, tmp_path)


def renamed(text: str) -> str:
    """Return a contract in which project, job and service principal have other names."""
    text = text.replace("  churn:\n    owner", "  retention:\n    renamed_from: churn\n    owner")
    text = text.replace("      train:\n", "      fit:\n        renamed_from: train\n").replace(
        "run_as: trainer", "run_as: fitter"
    )
    return text.replace("{trainer: {}}", "{fitter: {renamed_from: trainer}}")


def test_counterparts_have_the_holders_of_their_job_whoever_changes_which(systems: Systems) -> None:
    systems.up()
    assert systems.in_harness() == systems.in_prefect() == HELD
    project = systems.harness.project
    stages = yaml.safe_load(project.pipelines[PIPELINE])["pipeline"]["stages"]
    assert [one["stage"]["type"] for one in stages] == ["Approval", "Custom"]
    assert project.user_groups["engineers"]["ssoGroupName"] == "engineers"
    assert not any(one.startswith("SERVICE_ACCOUNT/dev") for one in project.keys.values()), "no key is made"
    keys = [one for one in systems.prefect.account.keys.values() if one["actor"] not in systems.prefect.account.members]
    assert all(one["ends"] < systems.prefect.clock.now() + 70 for one in keys), "Prefect's own key ends at once"
    before = systems.writes()
    systems.up("--refresh")
    assert systems.writes() == before, "a second run writes nothing"
    told = systems.parity()
    assert told["exit"] == 0, told["findings"]

    # A right is granted by hand in each, past the list and on another resource group.
    held = systems.ask("GET", f"/deployments/{systems.deployment()['id']}/access")
    teams = {one["name"]: one["id"] for one in [*held["manage_actors"], *held["view_actors"]]}
    lists = {"run_team_ids": [teams["analysts"]], "manage_team_ids": [teams["emergency"]]}
    systems.ask("PUT", f"/deployments/{systems.deployment()['id']}/access", {"access_control": lists})
    project.assignments["by_hand"] = {
        "identifier": "by_hand",
        "resourceGroupIdentifier": "_all_project_level_resources",
        "roleIdentifier": "_pipeline_executor",
        "principal": {"scopeLevel": "project", "identifier": "analysts", "type": "USER_GROUP"},
    }
    assert systems.findings() == [
        ("harness", "different", "analysts"),
        ("prefect", "different", "analysts"),
        ("prefect", "missing", "engineers"),
        ("prefect", "missing", "service principal churn/trainer in dev"),
    ]
    systems.up("--refresh")
    assert systems.in_prefect() == HELD
    # What is on no object of Rolecall's stays to be taken away by hand; it is told until then.
    assert systems.findings() == [("harness", "different", "analysts")]
    del project.assignments["by_hand"]

    # What a binding says changes in all.
    systems.project.write("contract.yaml", TEXT.replace("role: viewer, to: analysts", "role: runner, to: analysts"))
    systems.up()
    assert systems.in_harness() == systems.in_prefect() == {**HELD, "analysts": "run"}
    assert systems.parity()["exit"] == 0

    # The project and the job have other names, and what it runs as: new counterparts with the same holders.
    systems.project.write("contract.yaml", renamed(TEXT.replace("role: viewer, to: an", "role: runner, to: an")))
    systems.up()
    told = systems.parity()
    assert told["exit"] == 0, told["findings"]
    assert [one["name"] for one in systems.ask("POST", "/deployments/filter", {})] == ["dev-retention-fit"]
    assert [one["name"] for one in systems.ask("POST", "/work_pools/filter", {})] == [
        "databricks-jobs-as-dev-retention-fitter"
    ]
    assert [one["name"] for one in systems.prefect.account.bots.values()] == ["rolecall-acme--dev-retention-fitter"]
    assert [*project.pipelines] == [identifier("dev-retention-fit")]

    # Without the counterparts, all of it goes.
    systems.project.write("contract.yaml", renamed(PLAIN))
    systems.up()
    assert not project.pipelines
    assert not project.assignments
    assert not project.user_groups
    assert not systems.prefect.account.teams
    assert not systems.prefect.account.bots
    for kind in ("deployments", "work_pools", "variables", "automations"):
        assert not systems.ask("POST", f"/{kind}/filter", {}), kind


def test_definitions_that_were_changed_or_deleted_by_hand_are_told_and_repaired(systems: Systems) -> None:
    systems.up()
    project = systems.harness.project
    read = yaml.safe_load(project.pipelines[PIPELINE])
    step = read["pipeline"]["stages"][-1]["stage"]["spec"]["execution"]["steps"][0]["step"]["spec"]
    step |= {"delegateSelectors": ["anything"]}
    project.pipelines[PIPELINE] = yaml.safe_dump(read)
    identity = systems.deployment()["id"]
    systems.ask("PATCH", f"/deployments/{identity}", {"job_variables": {"command": "curl evil"}})
    variable = "rolecall_dev_churn_train"
    systems.ask("PATCH", f"/variables/name/{variable}", {"value": {"workspace": "https://elsewhere", "job_id": "1"}})
    told = [one["live"] for one in systems.parity()["findings"]]
    assert any("on anything" in one for one in told)
    assert any("with job_variables" in one for one in told)
    assert any("says workspace 'https://elsewhere'" in one for one in told)
    systems.up("--refresh")
    assert systems.parity()["exit"] == 0
    # Gone altogether, and a group with all that it held.
    del project.pipelines[PIPELINE]
    del project.user_groups["analysts"]
    project.assignments = {
        key: one for key, one in project.assignments.items() if one["principal"]["identifier"] != "analysts"
    }
    systems.ask("DELETE", f"/deployments/{systems.deployment()['id']}")
    (row,) = systems.parity()["jobs"]
    assert [row[name]["text"] for name in ("harness", "prefect")] == ["not there", "not there"]
    systems.up("--refresh")
    assert systems.in_harness() == systems.in_prefect() == HELD
    assert systems.parity()["exit"] == 0


@pytest.mark.parametrize(
    ("system", "path", "writes", "variable"),
    [
        ("harness", "/*/api/*", "/authz/api/roleassignments/multi", "HARNESS_PLATFORM_API_KEY"),
        ("prefect", "/api/accounts/*", "*/access", "PREFECT_API_KEY"),
    ],
)
def test_an_outage_is_told_and_the_next_run_goes_on(
    systems: Systems, system: str, path: str, writes: str, variable: str
) -> None:
    systems.fault(system, {"kind": "status", "status": 503, "path": path, "times": -1})
    systems.project.variables["ROLECALL_HOST_TIMEOUT"] = "6"
    assert "does not answer" in systems.up(fine=False)
    del systems.project.variables["ROLECALL_HOST_TIMEOUT"]
    assert systems.project.rolecall("parity", "--format", "json").returncode in (1, 3), "never equal"
    systems.fault(system, {"kind": "wrong-token", "path": path, "times": -1})
    assert variable in systems.up(fine=False)
    systems.fault(system, {"kind": "status", "status": 403, "method": "write", "path": writes, "times": -1})
    assert "refuses" in systems.up(fine=False)
    assert not systems.harness.project.assignments or system == "prefect", "nothing is widened"
    slow = {"kind": "latency", "path": path, "seconds": 1, "times": 4}
    systems.fault(system, {"kind": "status", "status": 429, "path": path, "times": 3}, slow)
    systems.up()
    told = systems.parity()
    assert told["exit"] == 0, told["findings"]
    assert systems.in_harness() == systems.in_prefect() == HELD


@pytest.mark.parametrize(("system", "number"), [("harness", 6), ("prefect", 9)])
def test_killed_after_a_write_the_next_run_makes_nothing_twice(systems: Systems, system: str, number: int) -> None:
    path = "/api/*" if system == "prefect" else "/*/api/*"
    assert killed_after_a_write(systems.project, systems.databricks, systems.addresses[system], number, path)
    systems.up()
    names = [one["name"] for one in systems.prefect.account.bots.values()]
    assert names == ["rolecall-acme--dev-churn-trainer"]
    automations = [one["name"] for one in systems.ask("POST", "/automations/filter", {})]
    assert sorted(automations) == [f"{NAME}-crashed", f"{NAME}-silent"]
    told = systems.parity()
    assert told["exit"] == 0, told["findings"]
    before = systems.writes()
    systems.up()
    assert systems.writes() == before
