"""`rolecall up` and `rolecall destroy` ask, once they have shown what will happen and where."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from rolecall.errors import ExitCode
from tests.support.contracts import CONTRACT
from tests.support.emulator import ServedEmulator
from tests.support.project import Project, contract_project

pytestmark = pytest.mark.engine


def asked(project: Project, answer: str, *arguments: str) -> tuple[int, str]:
    """Run a command at a terminal with answers; return its exit code and output."""
    terminal, theirs = pty.openpty()
    try:
        os.write(terminal, f"{answer}\n".encode())
        command = [sys.executable, "-c", "from rolecall.cli.start import main; main()", *arguments]
        told = subprocess.run(
            command,
            cwd=project.folder,
            env=project.environment(),
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=300,
        )
    finally:
        os.close(terminal)
        os.close(theirs)
    return told.returncode, told.stdout


def test_nothing_is_changed_before_the_answer_is_yes(tmp_path: Path, emulator: ServedEmulator) -> None:
    project = contract_project(tmp_path, emulator, CONTRACT)
    for operation in ("up", "destroy"):
        refused = project.rolecall(operation)
        assert refused.returncode == 2
        assert "--yes" in refused.stderr
    assert emulator.statistics()["total"] == 0

    code, shown = asked(project, "n", "up")
    assert code == ExitCode.INTERRUPTED
    assert emulator.statistics()["writes"] == 0
    assert shown.count("(local emulator)") == 3
    parts = ("create", "Databricks account 7c0ffee0", "workspace nonprod at", "workspace prod at", "Deploy this?")
    assert [*sorted(parts, key=shown.index)] == [*parts], shown

    code, shown = asked(project, "y", "up")
    assert code == 0, shown
    jobs = emulator.emulator.account.workspaces["prod"].jobs
    assert len(jobs) == 1
    code, shown = asked(project, "n", "destroy", "prod")
    assert code == ExitCode.INTERRUPTED
    assert "delete" in shown.partition("workspace prod at")[0]
    assert "workspace nonprod" not in shown
    assert len(jobs) == 1
    code, shown = asked(project, "y", "destroy", "prod")
    assert code == 0, shown
    assert not emulator.emulator.account.workspaces["prod"].jobs
