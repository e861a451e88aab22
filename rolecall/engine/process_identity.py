"""Which process it is, beyond its number: numbers are used again, and mean nothing in another PID namespace."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
NAMESPACE = Path("/proc/self/ns/pid")


@dataclass(frozen=True)
class ProcessIdentity:
    """A process of some machine.

    Attributes:
        host: the machine's name.
        boot: id of the machine's boot; empty where the system tells none.
        namespace: the PID namespace in which the number holds; empty where the system has none.
        pid: the number.
        started: when the process started, as the system counts it; empty where it is not known.
    """

    host: str
    boot: str
    namespace: str
    pid: int
    started: str

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)

    @staticmethod
    def from_json(payload: Mapping[str, Any]) -> ProcessIdentity:
        """Return it from plain values.

        Raises:
            KeyError: something is missing.
            ValueError: the number is none.
        """
        return ProcessIdentity(
            str(payload["host"]),
            str(payload["boot"]),
            str(payload["namespace"]),
            int(payload["pid"]),
            str(payload["started"]),
        )


def own_identity() -> ProcessIdentity:
    """Return the identity of this process."""
    return identity_of(os.getpid())


def identity_of(pid: int) -> ProcessIdentity:
    """Return the identity of a process of this machine, in the PID namespace of this process."""
    return ProcessIdentity(socket.gethostname(), _boot(), _namespace(), pid, start_of(pid) or "")


def is_alive(one: ProcessIdentity) -> bool:
    """Return whether a process is there for certain: of this boot and PID namespace, with this start."""
    return bool(one.started) and identity_of(one.pid) == one


def is_provably_dead(one: ProcessIdentity) -> bool:
    """Return whether a process is gone for certain.

    It is where it ran in this boot and PID namespace, and its number is free or another's by now. Of a process of
    another machine, boot or namespace nothing is known here.
    """
    own = own_identity()
    here = (one.host, one.boot, one.namespace) == (own.host, own.boot, own.namespace)
    if not here or not one.boot or not one.started:
        return False
    found = start_of(one.pid)
    return found is None or (found != "" and found != one.started)


def start_of(pid: int) -> str | None:
    """Return when a process started; None where there is none of that number, empty where it may not be looked at."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return _ticks(pid) or repr(process.create_time())
    except psutil.NoSuchProcess:
        return "" if is_taken(pid) else None
    except (psutil.Error, ValueError, OverflowError):
        return ""


def is_taken(pid: int) -> bool:
    """Return whether a process has a number, also one of another user that /proc does not show.

    With `hidepid`, /proc lists a user's own processes only (proc(5)); a signal to another's is refused (kill(2)).
    """
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        pass
    return True


def _ticks(pid: int) -> str:
    """Return the start in clock ticks since boot, which no change of the clock moves (proc_pid_stat(5), field 22)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # The command's name, in parentheses, may hold blanks.
    return text.rpartition(")")[2].split()[19]


def _boot() -> str:
    try:
        return BOOT_ID.read_text(encoding="utf-8").strip()
    except OSError:
        return str(int(psutil.boot_time()))


def _namespace() -> str:
    try:
        return str(NAMESPACE.readlink())
    except OSError:
        return ""
