"""The engine's own locks, one file for each stack, that a dead run has left.

They hold a process number, a host's name and a time, which prove nothing: another container has the same numbers, and
often the same name. So one is removed only where the run whose engine took it is known, and proven to be dead.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psutil

from rolecall.engine.process_identity import ProcessIdentity, is_provably_dead

# A process that began later than this after the lock was taken, in seconds, is another one with a number used again.
LEEWAY = 2.0


@dataclass(frozen=True)
class EngineLock:
    """One lock file of the engine.

    Attributes:
        path: the file.
        pid: the number of the engine's process.
        host: name of its machine.
        since: when it was taken.
    """

    path: Path
    pid: int
    host: str
    since: datetime

    @property
    def stack(self) -> str:
        """The stack that it locks: its folder is called so."""
        return self.path.parent.name

    def is_alive(self) -> bool:
        """Say whether the process is there, on the machine and in the PID namespace of this one."""
        try:
            process = psutil.Process(self.pid)
            started = process.create_time() <= self.since.timestamp() + LEEWAY
            return started and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False
        except psutil.Error:
            # It is there, and may not be looked at.
            return True

    def remove(self) -> None:
        """Remove the file with its attributes."""
        for one in (self.path, self.path.with_name(f"{self.path.name}.attrs")):
            with suppress(FileNotFoundError):
                one.unlink()


def locks_of(folder: Path, run: ProcessIdentity, since: datetime) -> list[EngineLock]:
    """Return the locks that engines of a dead run have left; none where it is not proven that the run is dead.

    Args:
        folder: where the engine keeps the locks of a project's stacks: a folder for each stack, a file for each lock.
        run: the process that started the engines.
        since: when it began.
    """
    if not is_provably_dead(run):
        return []
    return [
        one for one in locks_in(folder) if one.host == run.host and one.since.timestamp() >= since.timestamp() - LEEWAY
    ]


def locks_in(folder: Path, stack: str = "*") -> Iterator[EngineLock]:
    """Yield the locks of one stack, or of all; one that cannot be read is left out, as nothing is known of it.

    Args:
        folder: where the engine keeps the locks of a project's stacks.
        stack: the stack's name.
    """
    for path in sorted(folder.glob(f"{stack}/*.json")):
        try:
            payload = json.loads(path.read_text(encoding="utf-8"))
            since = datetime.fromisoformat(_short(payload["timestamp"]))
            yield EngineLock(path, int(payload["pid"]), str(payload["hostname"]), since)
        except (OSError, ValueError, KeyError, TypeError):
            continue


def _short(timestamp: str) -> str:
    """Return a timestamp with no more digits of a second than Python reads: Go writes nine."""
    whole, point, rest = timestamp.partition(".")
    if not point:
        return timestamp
    digits = "".join(one for one in rest if one.isdigit())
    place = next((index for index, one in enumerate(rest) if not one.isdigit()), len(rest))
    return f"{whole}.{digits[: min(6, place)]:0<6}{rest[place:]}"
