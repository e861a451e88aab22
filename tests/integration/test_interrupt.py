"""Ctrl-C on our own command: what is under way is finished, nothing more is started, the next run goes on."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.contracts import CONTRACT
from tests.support.emulator import ServedEmulator
from tests.support.project import contract_project, interruptible
from tests.support.waiting import until

pytestmark = pytest.mark.engine


def test_an_interrupt_of_our_command_is_clean_and_the_next_run_goes_on(
    tmp_path: Path, emulator: ServedEmulator
) -> None:
    project = contract_project(tmp_path, emulator, CONTRACT)
    assert project.rolecall("up", "--yes", "account").returncode == 0
    emulator.clear_statistics()
    slow = {"kind": "latency", "method": "write", "path": "/api/*", "seconds": 3, "times": -1}
    emulator.fault(emulator.host("nonprod"), slow)
    command = [sys.executable, "-c", "from rolecall.cli.main import main; main()", "up", "--yes", "dev"]
    process = subprocess.Popen(
        interruptible(command),
        cwd=tmp_path,
        env=project.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until(lambda: emulator.statistics()["writes"], process)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "ending cleanly" in errors
    assert "Traceback" not in output + errors
    emulator.fault(emulator.host("nonprod"))
    again = project.rolecall("up", "--yes")
    assert again.returncode == 0, again.stdout + again.stderr
    assert project.rolecall("parity").returncode == 0
