"""A process group that ends with the process that started it, however that ends: SIGKILL runs no code of its own."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress

# Reading fails where every writer of the pipe is gone: this process alone has its other end.
COMMAND = ("/bin/sh", "-c", "read -r line; kill -KILL 0")


def watchdog() -> subprocess.Popen[bytes]:
    """Start a process that kills its own process group when this process has ended, or closes its standard input.

    Start processes with its id as `process_group`; an interrupt of the terminal does not reach them.
    """
    return subprocess.Popen(
        COMMAND,
        # No credentials.
        env={},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )


def end_group(leader: subprocess.Popen[bytes]) -> None:
    """Kill a watchdog with all of its group, and wait for it; a fork of this process may still have the pipe."""
    with suppress(ProcessLookupError):
        os.killpg(leader.pid, signal.SIGKILL)
    leader.communicate()
