"""A process group that ends with the process that started it, however that ends: SIGKILL runs no code of its own."""

from __future__ import annotations

import subprocess

# Reading fails where every writer of the pipe is gone: this process alone has its other end.
COMMAND = ("/bin/sh", "-c", "read -r line; kill -KILL 0")


def watchdog() -> subprocess.Popen[bytes]:
    """Start a process that kills its own process group when this process has ended, or closes its standard input.

    Start processes with its id as `process_group`; an interrupt of the terminal does not reach them. As a context
    manager it kills the group at the end.
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
