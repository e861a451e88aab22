"""Processes beside the engines of a run: they end when their standard input does, so also when this one dies."""

from __future__ import annotations

import subprocess

# Seconds for which an end is waited for.
GRACE = 5.0


def end(process: subprocess.Popen[str]) -> None:
    """End a process by closing its standard input, and by force where it does not end within the grace period."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()
