"""What is reported is what happened: a stack that fails in the middle, two runs at once (faults 6, 7, 35)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rolecall.compiled import compile_file
from rolecall.errors import ExitCode
from rolecall.parity import compare
from rolecall.systems.registry import SYSTEMS
from tests.support.contracts import CONTRACT
from tests.support.documents import stacks
from tests.support.emulator import ServedEmulator
from tests.support.project import Project, contract_project
from tests.support.waiting import until

pytestmark = pytest.mark.engine
# The emulator refuses for good; nothing waits for it to come back.
REFUSED = {"kind": "status", "status": 400, "times": -1}
LIST = "databricks:index/permissions:Permissions"


def up(project: Project, *arguments: str) -> tuple[int, dict[str, Any]]:
    answer = project.rolecall("up", "--yes", "--format", "json", *arguments)
    assert answer.stdout, answer.stderr
    return answer.returncode, stacks(answer.stdout)


def equal(project: Project) -> bool:
    told = json.loads(project.rolecall("parity", "--format", "json").stdout)
    return told["equal"] is True


def test_a_failure_in_one_environment_stops_no_other_and_done_and_undone_are_listed(
    tmp_path: Path, emulator: ServedEmulator
) -> None:
    project = contract_project(tmp_path, emulator, CONTRACT)
    emulator.fault(emulator.host("nonprod"), {**REFUSED, "path": "/api/*/jobs/create"})
    code, told = up(project)
    assert code == ExitCode.FAILED
    assert {stack: one["status"] for stack, one in told.items()} == {
        "account": "changed",
        "dev.churn": "failed",
        "prod.churn": "changed",
    }
    done = {(one["operation"], one["type"], one["name"]) for one in told["dev.churn"]["done"]}
    undone = {(one["operation"], one["type"], one["name"]) for one in told["dev.churn"]["undone"]}
    assert ("create", "databricks:index/job:Job", "churn-train") in undone
    assert ("create", LIST, "churn-train") in undone, "also what the engine never came to"
    assert any(kind == "databricks:index/clusterPolicy:ClusterPolicy" for _, kind, _ in done)
    assert not done & undone
    assert told["dev.churn"]["next"] == "rolecall up dev"
    assert told["prod.churn"]["next"] is None
    shown = project.rolecall("up", "--yes", "dev")
    assert shown.returncode == ExitCode.FAILED
    assert "not done" in shown.stdout
    assert "Job churn-train" in shown.stdout
    assert "run `rolecall up dev` again" in shown.stdout
    emulator.fault(emulator.host("nonprod"))
    assert up(project, "dev")[0] == 0
    assert equal(project)


def test_what_needs_a_stack_that_failed_is_not_run_and_has_no_numbers(tmp_path: Path, emulator: ServedEmulator) -> None:
    project = contract_project(tmp_path, emulator, CONTRACT)
    emulator.fault(emulator.account_host, {**REFUSED, "method": "write", "path": "/api/*Groups*"})
    # The preview, which --refresh brings, knows what would be made.
    code, told = up(project, "--refresh")
    assert code == ExitCode.FAILED
    assert told["account"]["status"] == "failed"
    for stack in ("dev.churn", "prod.churn"):
        assert told[stack]["status"] == "not run"
        assert "account" in told[stack]["not_run"]
        assert (told[stack]["changes"], told[stack]["done"]) == ({}, [])
        assert told[stack]["next"] == "rolecall up --refresh"
    shown = project.rolecall("up", "--yes", "--refresh").stdout
    assert "not run: it needs account, which failed" in shown
    assert "run `rolecall up --refresh` again" in shown
    assert "create" not in "".join(line for line in shown.splitlines() if line.strip().startswith(("dev ", "prod ")))


def test_up_never_says_unchanged_while_a_failed_run_has_left_something(
    tmp_path: Path, emulator: ServedEmulator
) -> None:
    """The contract is taken back after half of a change; what was made of it has to go again."""
    more = CONTRACT.replace(
        "{role: engineer, to: engineers, in: [dev]}",
        "{role: engineer, to: engineers, in: [dev]}\n      - {role: engineer, to: analysts, in: [dev]}",
    )
    project = contract_project(tmp_path, emulator, CONTRACT)
    assert up(project)[0] == 0
    project.write("contract.yaml", more)
    emulator.fault(emulator.host("nonprod"), {**REFUSED, "method": "write", "path": "/api/*/permissions/jobs/*"})
    code, told = up(project)
    assert code == ExitCode.FAILED
    assert [one["name"] for one in told["dev.churn"]["done"] if one["type"] == LIST], "half of it was done"
    assert "churn-train" in [one["name"] for one in told["dev.churn"]["undone"]]
    emulator.fault(emulator.host("nonprod"))
    assert not equal(project)
    project.write("contract.yaml", CONTRACT)
    code, told = up(project)
    assert (code, told["dev.churn"]["ran"]) == (0, True)
    assert equal(project)
    assert up(project)[1]["dev.churn"]["status"] == "unchanged"
    # The same where a repair of what was changed by hand fails.
    emulator.emulator.account.workspaces["nonprod"].permissions.clear()
    emulator.fault(emulator.host("nonprod"), {**REFUSED, "method": "write", "path": "/api/*/permissions/jobs/*"})
    assert up(project, "--refresh", "dev")[0] == ExitCode.FAILED
    emulator.fault(emulator.host("nonprod"))
    code, told = up(project)
    assert (code, told["dev.churn"]["ran"]) == (0, True)
    assert equal(project)


def test_of_two_runs_the_second_is_refused_as_a_whole(tmp_path: Path, emulator: ServedEmulator) -> None:
    """Neither deploys one environment of a commit beside the other's of another one."""
    project = contract_project(tmp_path, emulator, CONTRACT)
    assert up(project, "account")[0] == 0
    emulator.clear_statistics()
    blocked = {"kind": "blocked", "method": "write", "path": "/api/*", "times": -1}
    emulator.fault(emulator.host("nonprod"), blocked)
    first = project.start_rolecall("up", "--yes", "dev")
    until(lambda: emulator.faults(emulator.host("nonprod"))[0]["met"], first)
    second = project.rolecall("up", "--yes", "prod")
    assert second.returncode == 3
    assert f"process {first.pid}" in second.stderr
    assert "`rolecall up dev`" in second.stderr
    assert project.rolecall("preview", "prod").returncode == 0, "reading is for everybody"
    emulator.fault(emulator.host("nonprod"))
    output = first.communicate(timeout=120)[0]
    assert first.returncode == 0, output
    assert not emulator.emulator.account.workspaces["prod"].jobs
    assert up(project, "prod")[0] == 0
    assert equal(project)


def test_a_right_that_ends_while_nobody_deploys_is_found_and_then_taken_away(
    tmp_path: Path, emulator: ServedEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 43: a scheduled run compares with the contract as of its own day."""
    last = datetime.now(UTC).date()
    text = CONTRACT.replace("ticket: SEC-1}", f"ticket: SEC-1, expires: {last}}}")
    project = contract_project(tmp_path, emulator, text)
    assert up(project)[0] == 0
    preview = project.rolecall("preview")
    assert "ends soon: binding of analysts" in preview.stdout
    told = json.loads(project.rolecall("parity", "--format", "json").stdout)
    assert (told["equal"], [one["days"] for one in told["expiring"]]) == (True, [0])
    for name, value in project.variables.items():
        monkeypatch.setenv(name, value)
    compiled = compile_file(tmp_path / "contract.yaml", last + timedelta(days=1))
    report = compare(compiled, [*compiled.contract.environments], SYSTEMS)
    assert report.exit_code == 1
    extra = {(str(one.kind), one.subject) for one in report.findings}
    assert ("extra", "analysts") in extra
    # The next day's `up` takes it away, though nobody has changed the contract.
    project.write("contract.yaml", text.replace(str(last), str(last - timedelta(days=1))))
    code, told = up(project)
    assert (code, told["dev.churn"]["status"]) == (0, "changed")
    assert equal(project)


def test_a_state_that_cannot_be_read_stops_its_own_stack_only(tmp_path: Path, emulator: ServedEmulator) -> None:
    project = contract_project(tmp_path, emulator, CONTRACT)
    assert up(project)[0] == 0
    (state,) = (tmp_path / ".state").rglob("dev.churn.json")
    whole = state.read_bytes()
    state.write_text("null")
    project.write("contract.yaml", CONTRACT.replace("max_workers: 2", "max_workers: 3"))
    code, told = up(project)
    assert code == 3
    assert {stack: one["status"] for stack, one in told.items()} == {
        "account": "unchanged",
        "dev.churn": "failed",
        "prod.churn": "changed",
    }
    assert "it is `null`" in str(told["dev.churn"]["errors"])
    assert state.read_text() == "null", "nothing is put back where no killed run explains it"
    state.write_bytes(whole)
    assert up(project)[0] == 0
    assert equal(project)


def test_a_lost_state_makes_nothing_a_second_time(tmp_path: Path, emulator: ServedEmulator) -> None:
    project = contract_project(tmp_path, emulator, CONTRACT)
    assert up(project)[0] == 0
    (state,) = (tmp_path / ".state").rglob("stacks/**/dev.churn.json")
    kept = state.rename(tmp_path / "kept.json")
    emulator.clear_statistics()
    for operation in ("preview", "up"):
        answer = project.rolecall(operation, *(["--yes"] if operation == "up" else []))
        shown = " ".join(answer.stderr.split())
        assert answer.returncode == 3, answer.stdout + answer.stderr
        assert "dev.churn: service principal churn/trainer in dev" in shown
        assert "PULUMI_BACKEND_URL" in shown
    assert emulator.statistics()["writes"] == 0
    kept.rename(state)
    assert up(project)[0] == 0
    assert equal(project)
