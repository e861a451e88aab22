"""A host that refuses, does not resolve, never answers or is unavailable is named within the bound (fault 36)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.contracts import CONTRACT as ORDINARY
from tests.support.deployed import Deployed
from tests.support.documents import document, stacks
from tests.support.emulator import DESCRIPTION, ServedEmulator, served_together
from tests.support.gate import BROKEN, UNKNOWN, Gate, broken, silent
from tests.support.identity import company
from tests.support.identity_contract import contract, identity_project
from tests.support.project import Project, contract_project, contract_project_with
from tests.support.waiting import until

pytestmark = pytest.mark.engine
# Seconds: long enough for whatever answers, short enough to wait for.
BOUND = "6"
UNREACHABLE = 3
# One of the hosts is a name that nobody has; nothing signs in to what is not Databricks' without this line.
CONTRACT = f"allowed_hosts: [{urlsplit(UNKNOWN).hostname}]\n{ORDINARY}"


@pytest.fixture(params=BROKEN)
def dead(request: pytest.FixtureRequest) -> Iterator[str]:
    """An address at which something is wrong."""
    with broken(request.param) as address:
        yield address


def up(project: Project, *arguments: str) -> tuple[int, dict[str, Any]]:
    answer = project.rolecall("up", "--yes", "--format", "json", *arguments)
    assert answer.stdout, answer.stderr
    return answer.returncode, stacks(answer.stdout)


def parity(project: Project) -> tuple[int, dict[str, Any]]:
    answer = project.rolecall("parity", "--format", "json")
    assert answer.stdout, answer.stderr
    return answer.returncode, document(("parity",), answer.stdout)


def test_every_command_names_a_workspace_that_does_not_answer(
    tmp_path: Path, emulator: ServedEmulator, dead: str
) -> None:
    variables = {**emulator.variables(), "ML_NONPROD_HOST": dead, "ROLECALL_HOST_TIMEOUT": "2"}
    project = contract_project_with(tmp_path, variables, CONTRACT)
    code, told = up(project)
    assert code == UNREACHABLE
    assert f"workspace nonprod ({dead}) does not answer" in str(told["account"]["errors"])
    assert {told["dev.churn"]["status"], told["prod.churn"]["status"]} == {"not run"}
    assert emulator.statistics()["writes"] == 0
    code, told = parity(project)
    assert code == UNREACHABLE
    assert dead in str(told["findings"])
    assert {one["environment"] for one in told["findings"] if one["finding"] == "unknown"} == {"dev"}
    assert project.rolecall("preview").returncode == UNREACHABLE


def test_the_account_that_does_not_answer_is_named(tmp_path: Path, emulator: ServedEmulator, dead: str) -> None:
    variables = {**emulator.variables(), "DATABRICKS_ACCOUNT_HOST": dead, "ROLECALL_HOST_TIMEOUT": "2"}
    project = contract_project_with(tmp_path, variables, CONTRACT)
    for command in (("up", "--yes"), ("preview",), ("parity",)):
        answer = project.rolecall(*command)
        assert answer.returncode == UNREACHABLE, answer.stdout + answer.stderr
        assert f"the Databricks account ({dead}) does not answer" in answer.stdout + answer.stderr or (
            command == ("parity",) and dead in answer.stdout
        )


def test_one_that_is_gone_stops_its_own_environment_only_also_in_mid_run(
    tmp_path: Path, emulator: ServedEmulator
) -> None:
    gate = Gate(emulator.host("nonprod"))
    variables = {**emulator.variables(), "ML_NONPROD_HOST": gate.address, "ROLECALL_HOST_TIMEOUT": BOUND}
    project = contract_project_with(tmp_path, variables, CONTRACT)
    assert up(project, "account", "prod")[0] == 0
    # In mid-run, after a write: the engine would go on asking for many minutes.
    emulator.clear_statistics()
    # The later ones wait: the run cannot end before the host is gone.
    blocked = {"kind": "blocked", "method": "write", "path": "/api/*", "skip": 1, "times": -1}
    emulator.fault(emulator.host("nonprod"), blocked)
    command = [sys.executable, "-c", "from rolecall.cli.start import main; main()", "up", "--yes", "--format", "json"]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=project.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    until(lambda: emulator.statistics()["writes"], process)
    gate.cut()
    output, errors = process.communicate(timeout=120)
    assert process.returncode == UNREACHABLE, output + errors
    told = stacks(output)
    assert told["dev.churn"]["status"] == "failed"
    assert f"workspace nonprod ({gate.address}) does not answer" in str(told["dev.churn"]["errors"])
    assert told["dev.churn"]["undone"]
    assert told["dev.churn"]["next"] == "rolecall up dev"
    # It is still gone: what is changed elsewhere is deployed.
    emulator.fault(emulator.host("nonprod"))
    project.write("contract.yaml", CONTRACT.replace("max_workers: 2", "max_workers: 3"))
    code, told = up(project)
    assert code == UNREACHABLE
    assert {stack: one["status"] for stack, one in told.items()} == {
        "account": "unchanged",
        "dev.churn": "failed",
        "prod.churn": "changed",
    }
    gate.mend()
    code, told = up(project, "dev")
    assert code == 0, told
    assert parity(project)[0] == 0
    space = emulator.emulator.account.workspaces["nonprod"]
    assert len(space.jobs) == len(space.cluster_policies) == 1, "nothing was made twice"
    gate.cut()


def test_an_engine_that_waits_for_an_unavailable_service_is_ended(tmp_path: Path, emulator: ServedEmulator) -> None:
    """The provider's configuration polls where a host's tokens are; here that is there before the engines begin."""
    project = contract_project(tmp_path, emulator, CONTRACT)
    project.variables["ROLECALL_HOST_TIMEOUT"] = BOUND
    # Ours ask once before the engines do.
    gone = {
        "kind": "status",
        "path": "/oidc/.well-known/oauth-authorization-server",
        "status": 503,
        "times": -1,
        "skip": 1,
    }
    emulator.fault(emulator.host("nonprod"), gone)
    code, told = up(project)
    assert code == UNREACHABLE
    assert told["account"]["status"] == "failed"
    assert "workspace nonprod" in str(told["account"]["errors"])
    assert "it answers 503" in str(told["account"]["errors"])
    emulator.fault(emulator.host("nonprod"))
    assert up(project)[0] == 0


def test_a_part_of_the_service_that_is_unavailable_for_good_is_given_up(
    tmp_path: Path, emulator: ServedEmulator
) -> None:
    """The host answers, one of its services does not: the provider would repeat the request without an end."""
    project = contract_project(tmp_path, emulator, CONTRACT)
    project.variables["ROLECALL_HOST_TIMEOUT"] = BOUND
    gone = {"kind": "status", "path": "/api/*/jobs/create", "status": 503, "times": -1}
    emulator.fault(emulator.host("nonprod"), gone)
    code, told = up(project)
    assert code == UNREACHABLE
    assert (told["dev.churn"]["status"], told["prod.churn"]["status"]) == ("failed", "changed")
    (error,) = [one for one in told["dev.churn"]["errors"] if one["resource"] == "churn-train"]
    assert emulator.host("nonprod") in error["message"]
    assert "it answers 503" in error["message"]
    emulator.fault(emulator.host("nonprod"))
    assert up(project, "dev")[0] == 0
    assert parity(project)[0] == 0


@pytest.mark.parametrize(
    ("system", "variables"),
    [
        ("okta", {"OKTA_CLIENT_ORGURL": "Okta"}),
        ("entra", {"ROLECALL_GRAPH_HOST": "Microsoft Graph"}),
        ("entra", {"AZURE_AUTHORITY_HOST": "Entra ID"}),
    ],
    ids=["okta", "graph", "sign-in"],
)
def test_an_identity_provider_that_never_answers_is_named(
    tmp_path: Path, system: str, variables: dict[str, str]
) -> None:
    ((variable, name),) = variables.items()
    with company() as systems, silent() as dead:
        # Graph and Entra ID are reached by https only; a connection that nobody answers is all that is needed of it.
        dead = dead if system == "okta" else dead.replace("http://", "https://")
        project = identity_project(tmp_path, systems, contract(system, "rolecall"))
        project.variables |= {"ROLECALL_HOST_TIMEOUT": "2", variable: dead}
        code, told = up(project)
        assert code == UNREACHABLE
        assert f"{name} ({dead}) does not answer" in str(told["account"]["errors"])
        assert {one["status"] for stack, one in told.items() if stack != "account"} <= {"not run"}
        code, told = parity(project)
        assert code == UNREACHABLE
        assert [one["name"] for one in told["systems"] if one["failure"]] == [system]


def test_an_orchestrator_that_never_answers_is_named(tmp_path: Path) -> None:
    """The account has the groups that hold something there."""
    text = CONTRACT.replace(
        "        run_as: trainer\n",
        "        run_as: trainer\n        counterparts: {conductor: {in: [dev]}}\n",
    )
    description = {"databricks": DESCRIPTION, "conductor": {"users": [{"name": "ada@example.com"}]}}
    with served_together(description, small_pages=False) as installation, silent() as dead:
        deployed = Deployed(installation, tmp_path, text)
        deployed.project.variables |= {"ROLECALL_HOST_TIMEOUT": "2", "CONDUCTOR_SERVER_URL": dead}
        code, told = up(deployed.project)
        assert code == UNREACHABLE
        assert f"Conductor ({dead}) does not answer" in str(told["account"]["errors"])
        code, told = parity(deployed.project)
        assert code == UNREACHABLE
        assert [one["name"] for one in told["systems"] if one["failure"]] == ["conductor"]
