"""Faults 1, 2, 8 and 9: killed after any write, again and again; what was made is taken over, and nothing twice."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.support.contracts import CONTRACT
from tests.support.emulator import ServedEmulator, served
from tests.support.project import Project, contract_project
from tests.support.waiting import seen

pytestmark = pytest.mark.engine
# One environment has every kind of write; more of them would only be killed at the same ones again.
UP = ("up", "account", "dev", "--yes")
# Seconds for which the answer to a write is kept back; the run is killed long before.
KEPT_BACK = 60
# More writes than a run of the contract has.
MOST_WRITES = 40


def start(project: Project) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", "from rolecall.cli.start import main; main()", *UP],
        cwd=project.folder,
        env=project.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def kill_all(process: subprocess.Popen[str]) -> None:
    """Kill a run with the engines and plugins that it has started, all at once."""
    root = psutil.Process(process.pid)
    family = [root, *root.children(recursive=True)]
    for one in family:
        with suppress(psutil.NoSuchProcess):
            one.suspend()
    # Whatever was started in between is found now that nothing starts more.
    family += [one for one in root.children(recursive=True) if one not in family]
    for one in family:
        # One that was ending anyway is gone.
        with suppress(psutil.NoSuchProcess):
            one.kill()
    psutil.wait_procs(family, timeout=20)
    process.communicate()


def killed_after_a_write(
    project: Project, emulator: ServedEmulator, address: str, number: int, path: str = "/api/*"
) -> bool:
    """Run until a write to an address has taken effect, then kill; return whether that write, counted from 0, came."""
    held = {"kind": "late-answer", "method": "write", "path": path, "seconds": KEPT_BACK, "times": 1}
    emulator.fault(address, {**held, "skip": number})
    process = start(project)
    if not seen(lambda: emulator.faults(address)[0]["met"], process):
        output = process.communicate()[0]
        assert process.returncode == 0, output
        return False
    kill_all(process)
    emulator.fault(address)
    return True


def names(emulator: ServedEmulator) -> dict[str, list[str]]:
    account = emulator.emulator.account
    space = account.workspaces["nonprod"]
    return {
        "jobs": sorted(job["settings"]["name"] for job in space.jobs.values()),
        "policies": sorted(str(one["name"]) for one in space.cluster_policies.values()),
        "principals": sorted(str(one.display_name) for one in account.principals.values()),
    }


@pytest.mark.parametrize("where", ["account", "workspace"])
def test_killed_after_any_write_the_next_run_goes_on_and_makes_nothing_twice(tmp_path: Path, where: str) -> None:
    """Every second time it is killed once more, after the next run's first write."""
    text = CONTRACT.replace("in: [dev, prod], ticket: SEC-1", "in: [dev]")
    for number in range(MOST_WRITES):
        with served(small_pages=False) as emulator:
            address = emulator.account_host if where == "account" else emulator.host("nonprod")
            project = contract_project(tmp_path / str(number), emulator, text)
            if not killed_after_a_write(project, emulator, address, number):
                assert number >= 3, "every write had its turn"
                return
            if number % 2:
                killed_after_a_write(project, emulator, address, 0)
            again = project.rolecall(*UP)
            assert again.returncode == 0, f"after write {number}: {again.stdout}{again.stderr}"
            for held in names(emulator).values():
                assert len(held) == len(set(held)), f"made twice after write {number}: {held}"
            settled(project, emulator)
    raise AssertionError("it does not come to an end")


def settled(project: Project, emulator: ServedEmulator) -> None:
    told = json.loads(project.rolecall("parity", "--environment", "dev", "--format", "json").stdout)
    assert told["equal"] is True, told["findings"]
    emulator.clear_statistics()
    again = project.rolecall(*UP)
    assert again.returncode == 0, again.stdout + again.stderr
    assert emulator.statistics()["writes"] == 0


def test_what_a_killed_run_has_made_goes_with_its_project(tmp_path: Path) -> None:
    """The state knows nothing of it, and the contract does not name it any more."""
    text = CONTRACT.replace("in: [dev, prod], ticket: SEC-1", "in: [dev]")
    with served(small_pages=False) as emulator:
        project = contract_project(tmp_path / "project", emulator, text)
        assert project.rolecall("up", "account", "--yes").returncode == 0
        before = names(emulator)
        assert killed_after_a_write(project, emulator, emulator.host("nonprod"), 4)
        assert names(emulator)["policies"]
        plain = project.pulumi("up", "--yes", "--skip-preview", "--stack", "dev.churn")
        assert plain.returncode != 0, "it would make everything once more"
        gone = project.rolecall("destroy", "dev", "--yes")
        assert gone.returncode == 0, gone.stdout + gone.stderr
        assert {kind: set(held) ^ set(before[kind]) for kind, held in names(emulator).items()} == {
            "jobs": set(),
            "policies": set(),
            "principals": set(),
        }
        assert not list(tmp_path.rglob("dev.churn.jsonl"))


def test_a_create_whose_answer_was_lost_is_adopted_or_named_with_the_command_that_takes_it_over(tmp_path: Path) -> None:
    """The run that made it ends by itself, so that the engine keeps nothing of it."""
    text = CONTRACT.replace("in: [dev, prod], ticket: SEC-1", "in: [dev]")
    lost = {"kind": "answer-lost", "method": "POST", "path": "/api/2.*/jobs/create", "status": 500, "times": 1}
    with served(small_pages=False) as emulator:
        project, host = contract_project(tmp_path / "project", emulator, text), emulator.host("nonprod")
        jobs = emulator.emulator.account.workspaces["nonprod"].jobs
        journal = project.folder / ".state" / ".pulumi" / "rolecall" / "rolecall" / "dev.churn.jsonl"
        for new in (True, False):
            emulator.fault(host, lost)
            failed = project.rolecall(*UP)
            assert failed.returncode != 0, failed.stdout
            emulator.fault(host)
            made = {*jobs}
            assert made, f"a stack that is {'new' if new else 'there'}"
            again = project.rolecall(*UP)
            assert again.returncode == 0, again.stdout + again.stderr
            assert made <= {*jobs}
            held = names(emulator)["jobs"]
            assert len(held) == len(set(held)), "made twice"
            assert not journal.exists()
            for one in made:
                del jobs[one]
            assert project.pulumi("refresh", "--yes", "--skip-preview", "--stack", "dev.churn").returncode == 0
        # What noted the create is lost as well.
        emulator.fault(host, lost)
        assert project.rolecall(*UP).returncode != 0
        emulator.fault(host)
        made = {*jobs}
        journal.unlink()
        refused = project.rolecall(*UP)
        assert refused.returncode == 3
        told = refused.stdout + refused.stderr
        (line,) = (one.strip() for one in told.splitlines() if "pulumi import databricks:index/job:Job" in one)
        assert any(str(one) in line for one in made)
        words = shlex.split(line[line.index("pulumi import") :])
        taken = project.pulumi(*words[1:], "--yes")
        assert taken.returncode == 0, taken.stdout + taken.stderr
        again = project.rolecall(*UP)
        assert again.returncode == 0, again.stdout + again.stderr
        assert made <= {*jobs}
        settled(project, emulator)


def test_nothing_is_made_in_a_new_stack_where_that_cannot_be_noted(tmp_path: Path) -> None:
    """Fault 10."""
    with served(small_pages=False) as emulator:
        project, before = contract_project(tmp_path / "project", emulator, CONTRACT), names(emulator)
        full = project.folder / ".state" / ".pulumi" / "rolecall" / "rolecall" / "dev.churn.jsonl"
        full.parent.mkdir(parents=True)
        full.symlink_to("/dev/full")
        answer = project.rolecall("up", "dev", "--yes")
        assert answer.returncode == 3
        assert "cannot be recorded" in answer.stdout + answer.stderr
        assert names(emulator) == before
