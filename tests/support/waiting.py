"""Waits for what another process does."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

# Seconds between two looks: looking without a pause takes the processor from what is waited for.
LOOK_EVERY = 0.03
# Seconds after which nothing is hoped for any more.
PATIENCE = 180.0


def seen(holds: Callable[[], object], process: subprocess.Popen[Any]) -> bool:
    """Wait until a condition is true, or a process has ended without it; return whether it is true."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if process.poll() is not None:
            return bool(holds())
        assert time.monotonic() < deadline, "it takes too long"
        with suppress(subprocess.TimeoutExpired):
            process.wait(LOOK_EVERY)
    return True


def until(holds: Callable[[], object], process: subprocess.Popen[str]) -> None:
    """Wait until something holds; fail with what a process has told where it ends first."""
    assert seen(holds, process), process.communicate()[0]


def becomes(holds: Callable[[], object]) -> None:
    """Wait until something holds that no process of the test's own does."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(LOOK_EVERY)
