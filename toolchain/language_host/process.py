"""Child processes of the language host: started so that an interrupt never shows a Python traceback."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO

# The engine ends its plugins with an interrupt for their whole process group; a Python child that heard it would show
# a KeyboardInterrupt. An ignored signal stays ignored over exec, so children start with it ignored, and the host ends
# them itself.
_UNINTERRUPTED = () if os.name == "nt" else ("/bin/sh", "-c", 'trap "" INT; exec "$@"', "sh")

# How long a child may take to end by itself after it was asked to, in seconds.
GRACE = 5.0


class Children:
    """The running child processes, so that all end when the engine cancels or goes away."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()

    def start(
        self,
        command: Sequence[str | Path],
        *,
        folder: Path,
        environment: Mapping[str, str],
        piped: bool,
        inherited: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a child in `folder`; with `piped` its output is read by the caller, else it goes to the engine.

        Its environment is `inherited`, this process's own where none is given, with `environment` over it.
        """
        output = subprocess.PIPE if piped else None
        child = subprocess.Popen(
            [*_UNINTERRUPTED, *map(str, command)],
            cwd=folder,
            env={**(os.environ if inherited is None else inherited), **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        with self._lock:
            self._running.add(child)
        return child

    def wait(self, child: subprocess.Popen[bytes]) -> int:
        """Wait until a child has ended and return its exit status."""
        try:
            return child.wait()
        finally:
            with self._lock:
                self._running.discard(child)

    def stop(self, child: subprocess.Popen[bytes]) -> None:
        """Ask a child to end, and make it end when it does not within the grace period."""
        if child.poll() is not None:
            return
        child.terminate()
        try:
            child.wait(GRACE)
        except subprocess.TimeoutExpired:
            child.kill()

    def stop_all(self) -> None:
        """End every running child."""
        with self._lock:
            running = list(self._running)
        for child in running:
            self.stop(child)


def copy_chunks(stream: IO[bytes]) -> Iterable[bytes]:
    """Yield what a pipe carries, as it comes, until it is closed."""
    while chunk := os.read(stream.fileno(), 65536):
        yield chunk
