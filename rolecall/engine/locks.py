"""The engine's own locks of stacks: a file for each process that locks one (pulumi/pkg, backend/diy/lock.go).

A lock contains a process number, a host's name and a time, which prove nothing: another container has the same numbers,
and often the same name. So a lock that was left is removed only where the run whose engine took it is known, and proven
to be dead.
"""

from __future__ import annotations

import json
import os
import pwd
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

from rolecall.engine.process_identity import ProcessIdentity, is_provably_dead, is_taken
from rolecall.private import UMASK

# The name of an engine's process.
ENGINE = "pulumi"
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

    def __str__(self) -> str:
        """Return it as messages name it."""
        return f"process {self.pid} on {self.host} since {self.since:%Y-%m-%d %H:%M:%S}"

    def is_alive(self) -> bool:
        """Return whether the process is there, on the machine and in the PID namespace of this one."""
        try:
            process = psutil.Process(self.pid)
            # A clock that is set forward later moves the start of a process forward, too; so an engine is always alive.
            same = process.create_time() <= self.since.timestamp() + LEEWAY or process.name() == ENGINE
            return same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return is_taken(self.pid)
        except (psutil.Error, ValueError, OverflowError):
            # It is there and may not be looked at, or nothing is known of such a number.
            return True

    def remove(self) -> None:
        """Remove the file with its attributes."""
        for one in (self.path, self.path.with_name(f"{self.path.name}.attrs")):
            with suppress(FileNotFoundError):
                one.unlink()


class LockTaken(Exception):
    """Another process has locked the stack; its text names the process, the host and the time."""


@contextmanager
def lock_stack(folder: Path) -> Iterator[None]:
    """Lock a stack for the length of a `with` block, as the engine does.

    Args:
        folder: where the engine keeps the locks of the stack.

    Raises:
        LockTaken: another process has locked it.
        OSError: the lock cannot be written.
    """
    own = folder / f"{uuid.uuid4()}.json"
    lock = {
        "pid": os.getpid(),
        "username": _user(),
        "hostname": socket.gethostname(),
        "timestamp": datetime.now(UTC).isoformat(),
    }
    _refuse_others(folder, own)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 & ~UMASK), "w") as opened:
            opened.write(json.dumps(lock))
        # Two processes that write their locks at once both see the other's now.
        _refuse_others(folder, own)
        yield
    finally:
        own.unlink(missing_ok=True)


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        # A container may run as a user that its system does not list.
        return str(os.geteuid())


def _refuse_others(folder: Path, own: Path) -> None:
    others = [path for path in sorted(folder.glob("*.json")) if path != own]
    known = {one.path: one for one in locks_in(folder.parent, folder.name)}
    for path in others:
        lock = known.get(path)
        raise LockTaken(
            f"process {lock.pid} on {lock.host} since {lock.since:%Y-%m-%d %H:%M:%S}" if lock else str(path)
        )


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
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue


def _short(timestamp: str) -> str:
    """Return a timestamp with no more digits of a second than Python reads: Go writes nine."""
    whole, point, rest = timestamp.partition(".")
    if not point:
        return timestamp
    digits = "".join(one for one in rest if one.isdigit())
    place = next((index for index, one in enumerate(rest) if not one.isdigit()), len(rest))
    return f"{whole}.{digits[: min(6, place)]:0<6}{rest[place:]}"
