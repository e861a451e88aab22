"""Reads and repairs the states of a project's stacks in the engine's backend."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from rolecall.engine import journal
from rolecall.engine.environment import without_options
from rolecall.engine.local_backend import folder_of, has_only_our_options, is_local
from rolecall.engine.locks import locks_in
from rolecall.engine.new_stack import create_stack
from rolecall.engine.outdating import with_owner, without_declaration
from rolecall.engine.passphrase import is_of, new_salt, passphrase_in, verified
from rolecall.engine.stack_state import STACK, UNANSWERED, StackState, parse
from rolecall.engine.state_files import StateFiles
from rolecall.engine.unreadable_states import (
    NO_STATE,
    how_to_restore,
    reason_of,
    remove_half_written_attributes,
    state_in,
)
from rolecall.errors import EngineFailed, StateUnreadable, StateUnwritable
from rolecall.private import make_private
from rolecall.stack_names import RUN_MARK


class States:
    """Reads the states of a project's stacks from where the engine keeps them.

    Args:
        backend: address of the backend, as PULUMI_BACKEND_URL has it.
        project: the project's name.
        pulumi: the command, which is asked where state is no local file.
        root: the project's folder.
        environment: the environment of the command.
    """

    def __init__(self, backend: str, project: str, pulumi: Path, root: Path, environment: Mapping[str, str]) -> None:
        self._folder: Path | None = None
        if is_local(backend):
            self._folder = folder_of(backend) / "stacks" / project
        self.backend, self.project = backend, project
        self._pulumi, self._root, self._environment = pulumi, root, without_options(environment)
        self._new_salt: str | None = None
        self._choosing = threading.Lock()

    def read(self, stack: str) -> StackState | None:
        """Return the state of a stack and what a killed run may have made; None where there is no such stack.

        Raises:
            StateUnreadable: it is truncated or corrupt, or the backend does not answer.
        """
        text = self._from_file(stack) if self._folder is not None else self._from_backend(stack)
        if text is None:
            return None
        try:
            state = state_in(text, stack, self.project)
        except NO_STATE as error:
            raise self._corrupt(stack, reason_of(text, error)) from error
        return self._with_noted(stack, state)

    def read_if_whole(self, stack: str) -> StackState | None:
        """Return the state of a stack; None where there is none, or none that can be read."""
        try:
            return self.read(stack)
        except StateUnreadable:
            return None

    def mentions(self, stack: str, word: str, *, unknown: bool) -> bool:
        """Return whether the state of a stack contains a word; `unknown` where only a backend could tell."""
        file = self.file(stack)
        if file is None:
            return unknown
        try:
            return word.encode() in file.read_bytes()
        except OSError:
            return False

    def stacks(self) -> list[str]:
        """Return the names of the project's stacks.

        Raises:
            StateUnreadable: the backend does not answer.
        """
        if self._folder is not None:
            return sorted(path.stem for path in self._folder.glob("*.json"))
        command = [str(self._pulumi), "stack", "ls", "--json", "--non-interactive"]
        answer = subprocess.run(command, cwd=self._root, env=self._environment, capture_output=True, check=False)
        if answer.returncode:
            raise self._corrupt("*", answer.stderr.decode(errors="replace").strip())
        names = (str(one["name"]).rpartition("/")[2] for one in json.loads(answer.stdout or b"[]"))
        return sorted(name for name in names if not name.startswith(f"{RUN_MARK}."))

    def remove_lock(self, stack: str, pid: int) -> None:
        """Remove the lock that an engine of this run has left, which this process has killed and waited for.

        Args:
            stack: its stack.
            pid: the number of its process.
        """
        if self._folder is not None:
            folder = self._folder.parents[1] / "locks" / "organization" / self._folder.name
            for lock in locks_in(folder, stack):
                if lock.pid == pid and lock.host == socket.gethostname():
                    lock.remove()
            return
        # The engine had the stack's lock, so no other process has one.
        self._pulumi_command("cancel", stack, "--yes", check=False)

    def outdate(self, stack: str) -> None:
        """Take out of a stack's state which declaration it holds, before a run that may end halfway.

        The run writes it again at its end. Without this, a state that a failed run has left half changed would count
        as the old declaration, as soon as the contract has it again.

        Raises:
            StateUnwritable: the state cannot be written; the stack must not be run then.
        """
        try:
            self._rewrite(stack, without_declaration)
        except (OSError, EngineFailed, subprocess.CalledProcessError) as error:
            what = f"the state of stack {stack} cannot be written: {error}"
            raise StateUnwritable(what, f"The stack was not run. {_how_to_write(error)}") from error

    def keep_failed(self, stack: str, entries: Collection[journal.Entry]) -> None:
        """Note creates that failed in a stack's state, where that is no local file: the next run looks for the objects.

        Args:
            stack: the stack.
            entries: the resources, as a state has them.

        Raises:
            StateUnwritable: the backend does not take the state.
        """
        try:
            payload = json.loads(self._from_backend(stack) or b"null")
            deployment = (payload or {}).get("deployment")
            if not deployment:
                return
            # The engine's import drops pending operations, so the stack's outputs keep them.
            for one in deployment.get("resources") or []:
                if one["type"] == STACK:
                    one["outputs"] = {**(one.get("outputs") or {}), UNANSWERED: [dict(entry) for entry in entries]}
            self._import(stack, json.dumps(payload).encode())
        except (ValueError, OSError, subprocess.CalledProcessError) as error:
            what = f"what stack {stack} may have made cannot be recorded in its state: {error}"
            how = "Look whether the objects that failed are there before the next run."
            raise StateUnwritable(what, how) from error

    def own(self, stack: str, owner: Mapping[str, object]) -> None:
        """Write a stack's owner into its state, where a run may fail before it does.

        Args:
            stack: the stack.
            owner: the stack's outputs that say so.

        Raises:
            StateUnwritable: the state cannot be written.
        """
        try:
            self._rewrite(stack, lambda text: with_owner(text, owner))
        except FileNotFoundError:
            return
        except (ValueError, OSError, EngineFailed, subprocess.CalledProcessError) as error:
            what = f"whose stack {stack} is cannot be recorded in its state: {error}"
            how = f"Run it again, or remove what it has made with `rolecall destroy {stack}`."
            raise StateUnwritable(what, how) from error

    def _rewrite(self, stack: str, change: Callable[[bytes], bytes | None]) -> None:
        if self._folder is not None:
            StateFiles(self._folder).rewrite(stack, change)
        elif (text := change(self._from_backend(stack) or b"null")) is not None:
            self._import(stack, text)

    def _import(self, stack: str, text: bytes) -> None:
        self._pulumi_command("stack", "import", "--stack", stack, text=text)

    def _pulumi_command(self, *arguments: str, text: bytes | None = None, check: bool = True) -> None:
        command = [str(self._pulumi), *arguments, "--non-interactive"]
        subprocess.run(command, cwd=self._root, env=self._environment, input=text, capture_output=True, check=check)

    def pulumi(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Run a command of the engine that only reads, and return its answer."""
        command = [str(self._pulumi), *arguments, "--non-interactive"]
        return subprocess.run(command, cwd=self._root, env=self._environment, capture_output=True, check=False)

    def restore(self, stack: str) -> StackState | None:
        """Put the state before the last write back, which a killed run has left half written.

        Raises:
            StateUnreadable: there is none, it is corrupt too, or it is empty: nothing in an empty one says what was
                made, and all of it would be made again. Nothing is changed then.
        """
        file = self.file(stack)
        assert file is not None
        backup = file.with_name(f"{file.name}.bak")
        try:
            text = backup.read_bytes()
            state = state_in(text, stack, self.project)
        except (OSError, *NO_STATE) as error:
            raise self._corrupt(stack, str(error)) from error
        if not state.anything:
            raise self._corrupt(stack, "it was left half written")
        try:
            # The broken one stays beside it; until the new one is whole, nothing takes its place.
            file.with_name(f"{file.name}.corrupt").write_bytes(file.read_bytes())
            self._rewrite(stack, lambda _: text)
        except (OSError, EngineFailed) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else error
            what = f"the state of stack {stack} cannot be restored from {backup}: {reason}"
            raise StateUnwritable(what, f"Nothing was run. {_how_to_write(error)}") from error
        return state

    @property
    def folder(self) -> Path | None:
        """The folder with the project's states, where the backend is a local folder."""
        return self._folder

    def file(self, stack: str) -> Path | None:
        """Return the file that holds a stack's state, where that is a local one."""
        return self._folder / f"{stack}.json" if self._folder is not None else None

    def absent(self, stack: str) -> bool:
        """Return whether it is plain, without asking a backend, that there is no such stack."""
        file = self.file(stack)
        return file is not None and not file.exists()

    def create(self, stack: str) -> bool:
        """Create a stack with nothing in it; return False where only the engine can.

        Raises:
            StateUnwritable: it cannot be written.
        """
        if self._folder is None or not has_only_our_options(self.backend):
            return False
        try:
            return create_stack(self._folder.parents[1], self.project, stack, self._environment, self._salt())
        except OSError as error:
            raise StateUnwritable(
                f"the stack {stack} cannot be created in {self._folder}: {error.strerror or error}",
                "Nothing was made. Make room, or make the folder writable, and run it again.",
            ) from error

    def verified(self, state: StackState | None) -> Mapping[str, str]:
        """Return the environment variables that mark the passphrase of a stack as verified.

        Args:
            state: the stack's state; None for a stack created by this object.
        """
        salt = state.salt if state is not None else self._new_salt or ""
        return verified(passphrase_in(self._environment, self._root), salt)

    def _salt(self) -> str | None:
        """Return the salt for new stacks: the one of an existing stack if the passphrase matches, else a new one."""
        phrase = passphrase_in(self._environment, self._root)
        if phrase is None:
            return None
        with self._choosing:
            if self._new_salt is None:
                other = self._any_salt()
                self._new_salt = other if other and is_of(phrase, other) else new_salt(phrase)
            return self._new_salt

    def _any_salt(self) -> str:
        """Return the salt of an existing stack, reading the smallest states first; empty if none has one."""
        assert self._folder is not None
        sizes: dict[Path, int] = {}
        for file in self._folder.glob("*.json"):
            with suppress(OSError):
                sizes[file] = file.stat().st_size
        for file in sorted(sizes, key=sizes.__getitem__):
            with suppress(OSError, *NO_STATE):
                if salt := parse(json.loads(file.read_bytes())["checkpoint"]).salt:
                    return salt
        return ""

    def written(self, stack: str) -> int:
        """Return when a stack's state was written last, in nanoseconds since 1970; 0 where it is no local file."""
        file = self.file(stack)
        return file.stat().st_mtime_ns if file is not None and file.exists() else 0

    def journal_file(self, stack: str) -> Path | None:
        """Return the file that notes what a run makes in a new stack, where state is a local file."""
        return journal.file_of(self.backend, self.project, stack)

    def noted(self, stack: str) -> journal.Noted | None:
        """Return what a killed run has noted; None where none was killed."""
        path = self.journal_file(stack)
        return journal.read(path) if path is not None else None

    def _with_noted(self, stack: str, state: StackState) -> StackState:
        noted = self.noted(stack)
        if noted is None:
            return state
        unfinished = noted.unfinished({one.urn for one in state.resources})
        organization = state.organization or noted.organization
        return replace(state, pending=(*state.pending, *unfinished), organization=organization)

    def _from_file(self, stack: str) -> bytes | None:
        assert self._folder is not None
        file = self._folder / f"{stack}.json"
        try:
            remove_half_written_attributes(file)
            return file.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._corrupt(stack, str(error)) from error

    def _from_backend(self, stack: str) -> bytes | None:
        command = [str(self._pulumi), "stack", "export", "--stack", stack, "--non-interactive"]
        answer = subprocess.run(command, cwd=self._root, env=self._environment, capture_output=True, check=False)
        if answer.returncode == 0:
            return answer.stdout
        reason = answer.stderr.decode(errors="replace").strip()
        if "no stack named" in reason:
            return None
        raise self._corrupt(stack, reason)

    def _corrupt(self, stack: str, reason: str) -> StateUnreadable:
        file = self.file(stack)
        how = how_to_restore(file) if file else "See whether the backend answers; `pulumi stack export` shows it."
        return StateUnreadable(f"the state of stack {stack} cannot be read: {reason}", how)


def make_private_state(backend: str) -> None:
    """Take states, journals and locks in a local folder from everybody but this user.

    Args:
        backend: address of the backend, as PULUMI_BACKEND_URL has it.
    """
    if is_local(backend):
        make_private(folder_of(backend))


def states_beside_engine(project: str, environment: Mapping[str, str]) -> States:
    """Return the states of a project's stacks, where an engine is needed only for a backend that is no local file.

    Args:
        project: the project's name.
        environment: environment variables; the engine is the one on PATH.
    """
    pulumi = Path(shutil.which("pulumi", path=environment.get("PATH")) or "pulumi")
    return States(environment.get("PULUMI_BACKEND_URL", ""), project, pulumi, Path.cwd(), environment)


def _how_to_write(error: Exception) -> str:
    """Return how a state is written that could not be: where another engine has locked it, that one ends first."""
    how = error.how_to_go_on if isinstance(error, EngineFailed) else ""
    return how or "Make room, or make the place writable, and run it again."
