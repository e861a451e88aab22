"""Faults of an identity provider and of Databricks, with the real engine: nothing lost, nothing twice."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.documents import stacks
from tests.support.identity import PEOPLE, Administrator, Company, company
from tests.support.identity_contract import contract, identity_project
from tests.support.project import Project
from tests.support.waiting import seen

pytestmark = pytest.mark.engine
# A group large enough for the rule of one third.
MANY = {**PEOPLE, **{f"person{number}@example.com": ["engineers"] for number in range(10)}}


@pytest.fixture
def systems() -> Iterator[Company]:
    with company(people=MANY) as running:
        yield running


@dataclass(frozen=True)
class CameTo:
    """What a run came to."""

    exit_code: int
    errors: str
    changed: bool


def up(project: Project) -> CameTo:
    """Run the engine on the account, also where it is unchanged."""
    answer = project.rolecall("up", "--yes", "--format", "json", "--every-stack", "account")
    assert answer.stdout, answer.stderr
    told = stacks(answer.stdout)["account"]
    why = [*told["errors"], *(one["message"] for one in told["violations"])]
    return CameTo(answer.returncode, str(why), {*told["changes"]} != {"same"})


def members(systems: Company, group: str) -> int:
    account = systems.databricks.account
    return len(next(one for one in account.of_type("Group") if one.display_name == group).members)


@pytest.mark.parametrize("system", ["okta", "entra"])
def test_an_empty_or_broken_answer_removes_nobody(tmp_path: Path, systems: Company, system: str) -> None:
    """Faults 13, 14 and 15."""
    project = identity_project(tmp_path, systems, contract(system, "rolecall"))
    project.variables["ROLECALL_RETRY_SECONDS"] = "3"
    assert up(project).exit_code == 0
    before = members(systems, "engineers")
    path = "/api/v1/groups/*/users" if system == "okta" else "/v1.0/groups/*/transitiveMembers/*"
    for kind in ("empty-list", "truncated-page", "repeated-page"):
        systems.fault(system, {"kind": kind, "path": path, "times": -1})
        systems.clear_statistics()
        outcome = up(project)
        assert outcome.exit_code != 0, kind
        assert "broken list" in outcome.errors, outcome.errors
        assert "DELETE" not in str(systems.statistics("databricks")["calls"])
        assert members(systems, "engineers") == before
    systems.fault(system)
    assert up(project).exit_code == 0
    assert members(systems, "engineers") == before


@pytest.mark.parametrize("system", ["okta", "entra"])
def test_more_than_a_third_goes_only_with_a_written_override(tmp_path: Path, systems: Company, system: str) -> None:
    """Faults 15 and 16."""
    text = contract(system, "rolecall")
    project = identity_project(tmp_path, systems, text)
    assert up(project).exit_code == 0
    administrator = Administrator(systems, system)
    assert members(systems, "engineers") == 12
    for number in range(6):
        administrator.remove(f"person{number}", "engineers")
    outcome = up(project)
    assert outcome.exit_code != 0
    assert "6 of 12 would be removed" in outcome.errors
    assert "removal_overrides" in outcome.errors
    assert members(systems, "engineers") == 12
    override = "{reason: the team is split, owner: ada, expires: 2099-01-31}"
    written = ", ".join(f"{override[:-1]}, group: {group}}}" for group in ("engineers", "everybody"))
    project.write("contract.yaml", text.replace("projects:\n", f"removal_overrides: [{written}]\nprojects:\n", 1))
    outcome = up(project)
    assert outcome.exit_code == 0, outcome.errors
    assert members(systems, "engineers") == 6

    administrator.remove("cleo", "analysts")
    outcome = up(project)
    assert outcome.exit_code != 0, "the last one of a group is everybody"
    assert "1 of 1 would be removed" in outcome.errors
    assert members(systems, "analysts") == 1


def test_what_is_made_is_seen_late(tmp_path: Path, systems: Company) -> None:
    """Faults 11 and 12: reads lag behind writes, and a principal is not known yet."""
    project = identity_project(tmp_path, systems, contract("entra", "scim"))
    systems.fault(
        "entra",
        {"kind": "stale-read", "method": "GET", "path": "/v1.0/groups/*", "times": 3},
        {"kind": "status", "status": 404, "method": "POST", "path": "/v1.0/servicePrincipals/*", "times": 2},
    )
    outcome = up(project)
    assert outcome.exit_code == 0, outcome.errors
    names = [one["displayName"] for one in systems.entra.tenant.groups.values()]
    assert sorted(names) == ["analysts", "emergency", "engineers", "everybody"], "nothing was made twice"
    assert not up(project).changed


def test_a_group_that_never_arrives_is_named(tmp_path: Path, systems: Company) -> None:
    """Fault 12."""
    project = identity_project(tmp_path, systems, contract("okta", "scim"))
    project.variables["ROLECALL_PROVISIONING_SECONDS"] = "2"
    systems.installation.provisioning["okta"].paused = True
    outcome = up(project)
    assert outcome.exit_code != 0
    assert "00gengineers00000001" in outcome.errors
    assert "it pushes groups" in outcome.errors
    systems.installation.provisioning["okta"].switch(True)
    project.variables["ROLECALL_PROVISIONING_SECONDS"] = "20"
    assert up(project).exit_code == 0, "the next run goes on from there"
    assert len([one for one in systems.okta.organization.groups.values() if one.profile["name"] == "everybody"]) == 1


@pytest.mark.parametrize("system", ["okta", "entra"])
def test_killed_after_any_write_the_next_run_adopts_what_was_made(
    tmp_path: Path, systems: Company, system: str
) -> None:
    """Faults 1, 2 and 3: an answer that never comes is what a killed run leaves behind."""
    project = identity_project(tmp_path, systems, contract(system, "scim"))
    project.engine.select("account")
    path = "/api/v1/groups" if system == "okta" else "/v1.0/groups"
    for _ in range(2):
        systems.fault(system, {"kind": "late-answer", "method": "POST", "path": path, "seconds": 20, "times": -1})
        systems.clear_statistics()
        process = project.start("up", "--yes", "--skip-preview", "--stack", "account")
        # The write has taken effect when the run is killed, and the run has not heard of it.
        # A second run that finds what the first has made sends no such write at all, and ends well.
        seen(lambda: _under_way(systems, system), process)
        process.kill()
        process.communicate()
        _clear(tmp_path / ".state")
        systems.fault(system)
    # Not the plain engine: it is refused where an object of Databricks was being created at that moment, too.
    project.deployed("up", "account")
    found = (
        [one.profile["name"] for one in systems.okta.organization.groups.values()]
        if system == "okta"
        else [one["displayName"] for one in systems.entra.tenant.groups.values()]
    )
    assert found.count("everybody") == found.count("emergency") == 1
    assert not project.engine.run("up", "account").changed


def _clear(state: Path) -> None:
    """Do what an administrator does after a run was killed: take its lock away, and its half-written state back."""
    for file in state.rglob("*"):
        if file.is_dir():
            continue
        if "locks" in file.parts or (file.suffix == ".attrs" and not _is_whole(file)):
            file.unlink()
        elif file.name == "account.json" and not _is_whole(file):
            shutil.copy(file.with_suffix(".json.bak"), file)


def _is_whole(file: Path) -> bool:
    try:
        return isinstance(json.loads(file.read_text()), dict)
    except ValueError:
        return False


def _under_way(systems: Company, system: str) -> bool:
    """Return whether the fault delays a request."""
    return any(fault.met for fault in getattr(systems, system).emulator.faults.faults)
