"""What the engine starts beside itself does not show a traceback when an interrupt meets its start."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from rolecall.toolchain.language_host_install import LAUNCHER, PACK_LAUNCHER


@pytest.mark.parametrize("launcher", [LAUNCHER, PACK_LAUNCHER])
def test_an_interrupt_before_the_script_handles_it_is_ignored(tmp_path: Path, launcher: str) -> None:
    # Stands for an interpreter that is interrupted before any line of its script ran.
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nkill -INT $$\necho started\n")
    script = tmp_path / "launcher"
    script.write_text(launcher.format(version="v0", python=python, host="host", script="script"))
    for file in (python, script):
        file.chmod(0o700)
    answer = subprocess.run(
        [script],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert (answer.returncode, answer.stdout) == (0, "started\n")
