"""Ctrl-C and its kin on our own command: what is under way is finished, nothing more is started, the next goes on."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.support.contracts import CONTRACT
from tests.support.emulator import ServedEmulator
from tests.support.project import Project, contract_project, interruptible
from tests.support.waiting import seen, until

pytestmark = pytest.mark.engine

# Ends with its standard input, as the provider does; it has changed into no other folder.
PLUGIN = """\
#!{python}
import os, sys
with open("started", "a") as file:
    print(os.getpid(), file=file)
os.kill(os.getppid(), {number})
sys.stdin.read()
"""


def slowly(folder: Path, emulator: ServedEmulator, kind: str, seconds: int = 0) -> Project:
    """Return a project whose account is deployed, and whose next writes to the workspace block."""
    project = contract_project(folder, emulator, CONTRACT)
    assert project.rolecall("up", "--yes", "account").returncode == 0
    emulator.clear_statistics()
    fault = {"kind": kind, "method": "write", "path": "/api/*", "seconds": seconds, "times": -1}
    emulator.fault(emulator.host("nonprod"), fault)
    return project


def goes_on(project: Project, emulator: ServedEmulator) -> None:
    """Deploy without the fault, and find parity."""
    emulator.fault(emulator.host("nonprod"))
    again = project.rolecall("up", "--yes")
    assert again.returncode == 0, again.stdout + again.stderr
    assert project.rolecall("parity").returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda one: one.name)
def test_an_interrupt_of_our_command_is_clean_and_the_next_run_goes_on(
    tmp_path: Path, emulator: ServedEmulator, number: signal.Signals
) -> None:
    """Faults 7 and 45."""
    project = slowly(tmp_path, emulator, "blocked")
    process = project.start_rolecall("up", "--yes", "dev")
    until(lambda: emulator.faults(emulator.host("nonprod"))[0]["met"], process)
    family = psutil.Process(process.pid).children(recursive=True)
    assert any(one.name().startswith("pulumi") for one in family), "an engine is under way"
    process.send_signal(number)
    assert process.stderr is not None
    assert "ending cleanly" in process.stderr.readline() + process.stderr.readline()
    emulator.fault(emulator.host("nonprod"))
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 128 + number
    assert not psutil.wait_procs(family, timeout=20)[1], "no child is left"
    assert "interrupted" in output
    assert "run `rolecall up dev` again" in output
    assert "Traceback" not in output + errors
    goes_on(project, emulator)


def test_a_run_whose_own_process_alone_is_killed_leaves_nothing_wedged(
    tmp_path: Path, emulator: ServedEmulator
) -> None:
    """Its engines are left, without the providers that they were attached to, and with their locks."""
    project = slowly(tmp_path, emulator, "blocked")
    command = [sys.executable, "-c", "from rolecall.cli.start import main; main()", "up", "--yes", "dev"]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=project.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    assert seen(lambda: emulator.faults(emulator.host("nonprod"))[0]["met"], process)
    process.kill()
    process.wait()
    goes_on(project, emulator)


def test_a_second_signal_ends_everything_at_once_and_the_next_run_goes_on(
    tmp_path: Path, emulator: ServedEmulator
) -> None:
    """An answer that takes a minute is not waited for; what was made is looked for later."""
    project = slowly(tmp_path, emulator, "late-answer", 600)
    process = project.start_rolecall("up", "--yes", "dev")
    until(lambda: emulator.statistics()["writes"], process)
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGTERM)
    assert process.stderr is not None
    assert "ending cleanly" in process.stderr.readline() + process.stderr.readline()
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM, output + errors
    assert not psutil.wait_procs(family, timeout=20)[1], "no child is left"
    goes_on(project, emulator)
    space = emulator.emulator.account.workspaces["nonprod"]
    assert len(space.jobs) == len(space.cluster_policies) == 1, "nothing was made twice"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda one: one.name)
def test_a_signal_while_the_provider_starts_leaves_nothing_and_lists_what_was_not_run(
    tmp_path: Path, emulator: ServedEmulator, number: signal.Signals
) -> None:
    """The provider itself sends the signal once it runs, before it has said where it listens."""
    project = contract_project(tmp_path, emulator, CONTRACT)
    plugin = project.write("provider", PLUGIN.format(python=sys.executable, number=int(number)))
    plugin.chmod(0o755)
    replaced = (
        "from pathlib import Path; from rolecall.toolchain.install import Toolchain; "
        f"Toolchain.shared_provider = lambda _: Path({str(plugin)!r}); "
        "from rolecall.cli.start import main; main()"
    )
    process = subprocess.Popen(
        interruptible([sys.executable, "-c", replaced, "up", "--yes"]),
        cwd=tmp_path,
        env=project.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 128 + number, output + errors
    assert "Traceback" not in output + errors
    assert "Exception ignored" not in output + errors
    assert "the run was ended before it began" in output
    assert "run `rolecall up` again" in output
    (started,) = (tmp_path / "started").read_text().split()
    assert not psutil.pid_exists(int(started)) or psutil.Process(int(started)).status() == psutil.STATUS_ZOMBIE
    again = project.rolecall("up", "--yes")
    assert again.returncode == 0, again.stdout + again.stderr
