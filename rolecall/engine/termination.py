"""Termination of processes that serve engines: they end when their standard input closes, even if this one dies."""

from __future__ import annotations

import subprocess

# Seconds before a process is killed.
GRACE = 5.0


def terminate(process: subprocess.Popen[str]) -> None:
    """Close a process's standard input; kill it if it does not terminate within the grace period."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()
