"""What was deployed when, by whom and from which commit, and what is deployed where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from rolecall.cli.main import app
from rolecall.console.output import out
from rolecall.deploy.deployed import runs_of, standings
from rolecall.deploy.run_message import RunMessage, read_message, run_message
from rolecall.engine.history import updates_of
from rolecall.engine.state import States
from tests.support.contracts import CONTRACT, VARIABLES, load, write
from tests.support.documents import document

MINE = RunMessage("r1", "ada", "11111111", "c" * 40, False, "https://ci.example/1", "1.0")
LATER = RunMessage("r2", "ben", "11111111", "d" * 40, True, "", "1.0")
START = 1_795_741_047


class Backend:
    """A local backend with states and records of updates, as the engine writes them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / ".pulumi"
        self.states = States(f"file://{folder}", "access", Path("pulumi"), folder, {})

    def state(self, stack: str, *, resources: int = 1, declaration: str = "x", pending: int = 0) -> None:
        urn = f"urn:pulumi:{stack}::access::databricks:index/job:Job::"
        rows: list[dict[str, Any]] = [
            {
                "urn": f"urn:pulumi:{stack}::access::pulumi:pulumi:Stack::access-{stack}",
                "type": "pulumi:pulumi:Stack",
                "outputs": {"declaration": declaration, "resources": resources},
            }
        ]
        rows += [
            {"urn": f"{urn}{number}", "type": "databricks:index/job:Job", "custom": True, "id": str(number)}
            for number in range(resources)
        ]
        operations = [{"type": "creating", "resource": {"urn": f"{urn}p{number}"}} for number in range(pending)]
        latest = {"resources": rows if resources else [], "pending_operations": operations}
        write(self.folder, json.dumps({"checkpoint": {"latest": latest}}), f"stacks/access/{stack}.json")

    def update(self, stack: str, at: int, message: str = "", result: str = "succeeded", **more: Any) -> None:
        row = {"kind": "update", "startTime": START + at, "message": message, "result": result, "environment": {}}
        row |= {"resourceChanges": {"create": 2, "same": 5}, **more}
        write(self.folder, json.dumps(row), f"history/access/{stack}/{stack}-{START + at}000000000.history.json")


@pytest.fixture
def backend(tmp_path: Path) -> Backend:
    return Backend(tmp_path / "backend")


def test_stacks_of_one_run_are_one_run_and_the_latest_is_first(backend: Backend) -> None:
    for stack in ("account", "dev.churn"):
        backend.state(stack)
        backend.update(stack, 10, MINE.text())
    backend.update("dev.churn", 20, LATER.text(), "failed", resourceChanges={"delete": 1})
    backend.update("dev.churn", 5, "by hand", environment={"git.head": "e" * 40, "git.committer": "eve"})
    first, second, third = runs_of(backend.states)
    assert (first.message, first.result, first.changes) == (LATER, "failed", {"delete": 1})
    assert (second.message, [one.stack for one in second.updates]) == (MINE, ["account", "dev.churn"])
    assert second.changes == {"create": 4}
    assert third.message is None
    assert [run.updates[0].stack for run in runs_of(backend.states, ["account"])] == ["account"]


def test_half_written_and_foreign_records_are_left_out(backend: Backend) -> None:
    backend.state("dev.churn")
    backend.update("dev.churn", 1, MINE.text())
    folder = "history/access/dev.churn"
    for name, text in (("a", "{"), ("b", "[]"), ("c", '{"kind": "update"}'), ("d", '{"startTime": "x"}'), ("e", "")):
        write(backend.folder, text, f"{folder}/{name}.history.json")
    write(backend.folder, "{}", f"{folder}/x.checkpoint.json")
    assert len(updates_of(backend.states, "dev.churn")) == 1


def test_what_each_stack_holds(backend: Backend, tmp_path: Path) -> None:
    backend.state("account")
    backend.update("account", 1, MINE.text())
    backend.state("dev.churn", resources=3)
    backend.update("dev.churn", 1, MINE.text())
    backend.update("dev.churn", 2, LATER.text(), "failed")
    backend.state("old.churn")
    backend.state("gone.churn", resources=0)
    write(backend.folder, "{", "stacks/access/broken.json")
    contract = load(tmp_path).contract
    found = {one.stack: one for one in standings(contract, backend.states)}
    assert {stack: one.status for stack, one in found.items()} == {
        "account": "deployed",
        "dev.churn": "failed",
        "prod.churn": "never deployed",
        "old.churn": "not in the contract any more",
        "broken": "its state cannot be read",
    }
    churn = found["dev.churn"]
    assert churn.deployed is not None
    assert read_message(churn.deployed.message) == MINE, "the last one that has succeeded"
    assert (churn.resources, churn.workspace, churn.environment, churn.project) == (
        3,
        VARIABLES["ML_NONPROD_HOST"],
        "dev",
        "churn",
    )
    backend.state("dev.churn", pending=1)
    assert {one.stack: one.status for one in standings(contract, backend.states)}["dev.churn"] == "unfinished"
    backend.state("dev.churn", declaration="")
    assert {one.stack: one.status for one in standings(contract, backend.states)}["dev.churn"] == "failed"


def invoke(backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    (tmp_path / "Pulumi.yaml").write_text("name: access\nruntime: python\nconfig: {rolecall:contract: contract.yaml}\n")
    write(tmp_path, CONTRACT)
    monkeypatch.chdir(tmp_path)
    variables = {**VARIABLES, "PULUMI_BACKEND_URL": backend.states.backend}
    return CliRunner().invoke(app, [*arguments], env=variables, catch_exceptions=False)


@pytest.mark.parametrize("command", ["history", "summary"])
def test_the_commands_write_tables_and_documents(
    command: str, backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(out, "_width", 200)
    empty = invoke(backend, tmp_path, monkeypatch, command)
    assert empty.exit_code == 0
    assert ("nothing was deployed" if command == "history" else "never deployed") in empty.stdout
    backend.state("dev.churn")
    backend.update("dev.churn", 1, MINE.text())
    backend.update("dev.churn", 0, "")
    shown = invoke(backend, tmp_path, monkeypatch, command).stdout
    for text in ("dev.churn", "ada as 11111111", "cccccccccc", "https://ci.example/1", "2026-11-27 00:57"):
        assert text in shown
    found = document((command,), invoke(backend, tmp_path, monkeypatch, command, "--format", "json").stdout)
    rows = found["runs"] if command == "history" else [one for one in found["stacks"] if one["by"]]
    assert rows[0]["by"] == {
        "actor": "ada",
        "principal": "11111111",
        "commit": "c" * 40,
        "changed": False,
        "job": "https://ci.example/1",
    }


def test_old_runs_are_counted(backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backend.state("dev.churn")
    for number in range(5):
        backend.update("dev.churn", number)
    shown = invoke(backend, tmp_path, monkeypatch, "history", "--limit", "2").stdout
    assert "and 3 earlier ones" in shown
    found = document(("history",), invoke(backend, tmp_path, monkeypatch, "history", "-n", "2", "-f", "json").stdout)
    assert len(found["runs"]) == 2


@pytest.mark.parametrize(
    ("variables", "actor", "job"),
    [
        (
            {
                "GITHUB_ACTOR": "ada",
                "GITHUB_SERVER_URL": "https://github.example",
                "GITHUB_REPOSITORY": "acme/access",
                "GITHUB_RUN_ID": "7",
            },
            "ada",
            "https://github.example/acme/access/actions/runs/7",
        ),
        ({"GITLAB_USER_LOGIN": "ben", "CI_JOB_URL": "https://gitlab.example/1"}, "ben", "https://gitlab.example/1"),
        (
            {
                "BUILD_REQUESTEDFOREMAIL": "cleo@acme.example",
                "SYSTEM_COLLECTIONURI": "https://dev.azure.com/acme/",
                "SYSTEM_TEAMPROJECT": "access",
                "BUILD_BUILDID": "9",
            },
            "cleo@acme.example",
            "https://dev.azure.com/acme/access/_build/results?buildId=9",
        ),
    ],
)
def test_a_job_is_named_by_its_own_variables(variables: dict[str, str], actor: str, job: str, tmp_path: Path) -> None:
    found = run_message(write(tmp_path), {**variables, "DATABRICKS_CLIENT_ID": "1"})
    assert (found.actor, found.job, found.principal, found.commit) == (actor, job, "1", "")
    assert read_message(found.text()) == found


def test_no_secret_is_recorded(tmp_path: Path) -> None:
    environment = {"GITHUB_ACTOR": "canary-secret-1", "GITHUB_TOKEN": "canary-secret-1"}
    assert "canary" not in run_message(write(tmp_path), environment).text()


@pytest.mark.parametrize("text", ["", "deployed by hand", "[]", "{}", '{"run": 1}', "null"])
def test_other_messages_are_none_of_ours(text: str) -> None:
    assert read_message(text) is None
