"""Run a command and say what it cost: wall time, CPU and peak memory of all its processes."""

from __future__ import annotations

import resource
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

# Seconds between two looks at the memory.
LOOK_EVERY = 0.25


@dataclass(frozen=True)
class Cost:
    """What a command cost.

    Attributes:
        wall: seconds from its start to its end.
        cpu: seconds of CPU of it and everything that it started.
        memory: the largest sum over all its processes, in bytes; what they share is counted once.
    """

    wall: float
    cpu: float
    memory: int


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str], allowed: Sequence[int] = (0,)) -> Cost:
    """Run a command.

    Raises:
        SystemExit: it ends in another way than is allowed.
    """
    before, started = _cpu(), time.monotonic()
    process = subprocess.Popen(
        command, cwd=folder, env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    peak = _Peak(process.pid)
    output = process.communicate()[0]
    wall = time.monotonic() - started
    memory = peak.end()
    if process.returncode not in allowed:
        raise SystemExit(f"{' '.join(command)} failed with {process.returncode}:\n{output[-4000:]}")
    return Cost(wall, _cpu() - before, memory)


class _Peak:
    """Looks at the memory of a process and its descendants while they run."""

    def __init__(self, number: int) -> None:
        self._root = psutil.Process(number)
        self._largest = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def end(self) -> int:
        self._ended.set()
        self._thread.join()
        return self._largest

    def _look(self) -> None:
        while not self._ended.wait(LOOK_EVERY):
            try:
                family = [self._root, *self._root.children(recursive=True)]
            except psutil.Error:
                continue
            self._largest = max(self._largest, sum(_memory(one) for one in family))


def _memory(process: psutil.Process) -> int:
    """Return a process's proportional share of memory, in bytes; nothing where it has ended."""
    try:
        return int(process.memory_full_info().pss)
    except (psutil.Error, OSError):
        return 0


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
