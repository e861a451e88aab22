"""Locks that dead runs have left, and the proof that they are dead."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import psutil

# A process that began later than this after the lock was taken, in seconds, is another one with a number used again.
LEEWAY = 2.0


def clear_dead(folder: Path) -> list[int]:
    """Remove the locks in a folder whose owners are provably gone; return the numbers of those processes.

    A lock of another machine, or one that cannot be read, is left alone: nothing is known of who holds it. So is that
    of a process that still runs.

    Args:
        folder: where the engine keeps a stack's locks, a file for each.
    """
    return [owner for owner in (_clear(path) for path in _locks(folder)) if owner is not None]


def _locks(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from sorted(folder.glob("*.json"))


def _clear(path: Path) -> int | None:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        owner, host, since = int(told["pid"]), str(told["hostname"]), datetime.fromisoformat(_short(told["timestamp"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if host != socket.gethostname() or _runs(owner, since):
        return None
    for one in (path, path.with_name(f"{path.name}.attrs")):
        with suppress(FileNotFoundError):
            one.unlink()
    return owner


def _short(timestamp: str) -> str:
    """Return a timestamp with no more digits of a second than Python reads: Go writes nine."""
    whole, point, rest = timestamp.partition(".")
    if not point:
        return timestamp
    digits = "".join(one for one in rest if one.isdigit())
    place = next((index for index, one in enumerate(rest) if not one.isdigit()), len(rest))
    return f"{whole}.{digits[: min(6, place)]:0<6}{rest[place:]}"


def _runs(number: int, since: datetime) -> bool:
    """Say whether the process that took a lock is still there."""
    try:
        process = psutil.Process(number)
        return process.status() != psutil.STATUS_ZOMBIE and process.create_time() <= since.timestamp() + LEEWAY
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        # It is there, and may not be looked at.
        return True
