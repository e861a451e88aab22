"""One lock over a whole run, over all its stacks: the engine's own locks cover one stack each, and runs interleave."""

from __future__ import annotations

import fcntl
import getpass
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rolecall.engine.local_backend import folder_of, is_local
from rolecall.engine.locks import EngineLock, locks_of
from rolecall.engine.process_identity import ProcessIdentity, is_provably_dead, own_identity
from rolecall.engine.run_mark import RunMark
from rolecall.errors import RolecallError, RunLocked, StateUnwritable

# Seconds for which engines whose run was killed are waited for: without their providers they end by themselves.
ENGINES_END_WITHIN = 60.0
LOOK_EVERY = 0.2


@dataclass(frozen=True)
class Holder:
    """Who holds the lock.

    Attributes:
        process: the process.
        user: name of its user.
        since: when it began.
        command: what it was asked to do.
        interrupted: stacks that a run before this one has left in the middle of something.
        mark: the mark that it has made in the backend; empty where state is files.
    """

    process: ProcessIdentity
    user: str
    since: datetime
    command: str
    interrupted: frozenset[str] = frozenset()
    mark: str = ""

    def __str__(self) -> str:
        """Return who it is."""
        since = f"{self.since.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        return f"{self.user} on {self.process.host} (process {self.process.pid}) with `{self.command}`, since {since}"

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "user": self.user,
            "since": self.since.isoformat(),
            "command": self.command,
            "process": self.process.to_json(),
            "interrupted": sorted(self.interrupted),
            "mark": self.mark,
        }

    @staticmethod
    def from_json(payload: Mapping[str, Any]) -> Holder:
        """Return it from plain values.

        Raises:
            KeyError: something is missing.
            ValueError: a time or a number is none.
        """
        return Holder(
            ProcessIdentity.from_json(payload["process"]),
            str(payload["user"]),
            datetime.fromisoformat(payload["since"]),
            str(payload["command"]),
            frozenset(map(str, payload.get("interrupted") or ())),
            str(payload.get("mark") or ""),
        )


class RunLock:
    """Holds the lock of a project's stacks for the length of a `with` block.

    Where state is files, the lock lies beside it, for all machines that share it. For any other backend it lies in the
    cache folder of this machine's user, and the run's mark in the backend holds for all machines.

    Args:
        backend: address of the backend, as PULUMI_BACKEND_URL has it.
        project: the project's name.
        cache: folder for the locks of other backends.
        command: what is run, as the refusal of another run shows it.
        pulumi: the engine's command and its environment, for backends that are no local files.
        wait: how long engines of a killed run are waited for, in seconds.
    """

    def __init__(
        self,
        backend: str,
        project: str,
        cache: Path,
        command: str,
        *,
        pulumi: tuple[Path, Mapping[str, str]] | None = None,
        wait: float = ENGINES_END_WITHIN,
    ) -> None:
        self._mark: RunMark | None = None
        self._engines: Path | None = None
        if is_local(backend):
            folder = folder_of(backend)
            self._engines = folder / "locks" / "organization" / project
            self.path = folder / "rolecall" / project / "run.lock"
        else:
            digest = hashlib.sha256(f"{backend}\0{project}".encode()).hexdigest()[:24]
            self.path = cache / "locks" / f"{digest}.lock"
        self._noted = self.path.with_name(f"{self.path.name}.engines")
        own, user = own_identity(), _user()
        if pulumi is not None and not is_local(backend):
            self._mark = RunMark(*(pulumi[0], project, pulumi[1]), user, own.host, own.pid)
        self._own = Holder(own, user, datetime.now(UTC), command, mark=self._mark.name if self._mark else "")
        self._wait = wait

    @property
    def interrupted(self) -> frozenset[str]:
        """Stacks that a killed run has left in the middle of something: their state may be half written."""
        return self._own.interrupted

    def __enter__(self) -> Self:
        """Take the lock.

        Raises:
            RunLocked: another run holds it, and is not known to be dead.
            StateUnwritable: it cannot be written.
        """
        with self._exclusively():
            held = self._read()
            if held is not None:
                if not is_provably_dead(held.process):
                    raise RunLocked(f"another run is going on: {held}", self._how_to_go_on())
                left = self._locks_left(held)
                try:
                    for one in left:
                        one.remove()
                except OSError as error:
                    raise _unwritable(error) from error
                interrupted = held.interrupted | {one.stack for one in left}
                self._own = replace(self._own, interrupted=interrupted)
            self._forget_engines()
            self._write()
        if self._mark is not None:
            try:
                if held is not None and held.mark:
                    self._mark.remove(held.mark)
                self._mark.take()
            except RolecallError:
                self._release()
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release it; a lock that was taken over by hand is left alone."""
        if self._mark is not None:
            with suppress(StateUnwritable):
                self._mark.remove(self._mark.name)
        self._release()

    def _release(self) -> None:
        with suppress(OSError, StateUnwritable, RunLocked), self._exclusively():
            held = self._read()
            if held is not None and held.process == self._own.process:
                self._noted.unlink(missing_ok=True)
                self.path.unlink(missing_ok=True)

    def note_engine(self, stack: str, pid: int) -> None:
        """Record an engine of this run: only its own locks are removed with the run.

        Another container may share the folder, and have the same host name and process numbers.
        """
        # Without a note its lock stays, which is safe.
        with suppress(OSError), self._noted.open("a", encoding="utf-8") as file:
            file.write(f"{pid} {stack}\n")

    def _engines_of(self, held: Holder) -> Callable[[EngineLock], bool]:
        """Return a predicate: whether a lock belongs to a run or one of its engines."""
        try:
            noted = {*self._noted.read_text(encoding="utf-8").splitlines()}
        except (OSError, ValueError):
            noted = set()
        return lambda one: one.pid == held.process.pid or f"{one.pid} {one.stack}" in noted

    def _forget_engines(self) -> None:
        try:
            self._noted.unlink(missing_ok=True)
            os.close(os.open(self._noted, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
        except OSError as error:
            raise _unwritable(error) from error

    def _locks_left(self, held: Holder) -> list[EngineLock]:
        """Return the engines' locks of a dead run, once all of those engines have ended too."""
        deadline, is_own = time.monotonic() + self._wait, self._engines_of(held)
        while True:
            found = locks_of(self._engines, held.process, held.since) if self._engines is not None else []
            left = [one for one in found if is_own(one)]
            alive = [one for one in left if one.is_alive()]
            if not alive:
                return left
            if time.monotonic() > deadline:
                first = alive[0]
                what = f"the run of {held} is gone, and its engine (process {first.pid}) still works on {first.stack}"
                raise RunLocked(what, "Run it again when that process has ended.")
            time.sleep(LOOK_EVERY)  # the engines of a dead run send no notice when they end

    @contextmanager
    def _exclusively(self) -> Iterator[None]:
        """Let no other process look at the lock meanwhile; the system ends this with the process, however it ends."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
            guard = os.open(self.path.with_name(f"{self.path.name}.guard"), flags, 0o600)
        except OSError as error:
            raise _unwritable(error) from error
        try:
            # Where a file system knows no such locks, what follows is still right but for two runs at one instant.
            with suppress(OSError):
                fcntl.flock(guard, fcntl.LOCK_EX)
            yield
        finally:
            os.close(guard)

    def _read(self) -> Holder | None:
        try:
            return Holder.from_json(json.loads(self.path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            reason = f"it has no {error}" if isinstance(error, KeyError) else error
            what = f"the lock {self.path} cannot be read, so who holds it is not known: {reason}"
            raise RunLocked(what, self._how_to_go_on()) from error

    def _write(self) -> None:
        """Write the whole lock or nothing."""
        new = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        try:
            with new.open("w", encoding="utf-8") as file:
                json.dump(self._own.to_json(), file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(new, self.path)
        except OSError as error:
            with suppress(OSError):
                new.unlink(missing_ok=True)
            raise _unwritable(error) from error

    def _how_to_go_on(self) -> str:
        return (
            "Nothing was changed. Run it again when that run has ended. Only if you know that it is gone (its machine "
            f"or container was restarted, say): rm {self.path}"
        )


def _unwritable(error: OSError) -> StateUnwritable:
    return StateUnwritable(
        f"the lock of this run cannot be written: {error}",
        "Nothing was changed. Make room, or make the place writable, and run it again.",
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return str(os.getuid())
