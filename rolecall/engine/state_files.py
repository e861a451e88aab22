"""Reads and writes whole states in the files of a local backend, as the engine does (pulumi/pkg, backend/diy).

Every write takes the engine's lock, checks the state as the engine would, keeps the one before as a backup and replaces
the file as a whole.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from rolecall.engine.durable import sync_folder, write_synced
from rolecall.engine.integrity import integrity_problems
from rolecall.engine.locks import LockTaken, lock_stack
from rolecall.engine.new_stack import new_manifest
from rolecall.errors import EngineFailed


class StateFiles:
    """Reads and writes whole states of a project.

    Args:
        folder: the project's folder in `.pulumi/stacks` of a backend that stores states by project.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._locked: set[str] = set()

    def key(self, stack: str) -> str:
        """Return what a stack's secrets are encrypted with, as text: equal texts mean one key."""
        return json.dumps((self.read(stack)["deployment"] or {}).get("secrets_providers"), sort_keys=True)

    @contextmanager
    def locked(self, stacks: Collection[str]) -> Iterator[None]:
        """Lock stacks for the length of a `with` block, so that no other engine writes them."""
        locks = self._folder.parents[1] / "locks" / "organization" / self._folder.name
        with ExitStack() as held:
            for stack in sorted({*stacks} - self._locked):
                try:
                    held.enter_context(lock_stack(locks / stack))
                except LockTaken as taken:
                    how = f"Wait until it ends; if it is dead, run `pulumi cancel {stack}`."
                    raise EngineFailed(f"stack {stack} is locked by {taken}", how) from taken
                self._locked.add(stack)
                held.callback(self._locked.discard, stack)
            yield

    def read(self, stack: str) -> dict[str, Any]:
        """Return the state of a stack that exists."""
        try:
            versioned = json.loads(self._file(stack).read_bytes())
            checkpoint = versioned["checkpoint"]
            kept = {key: value for key, value in versioned.items() if key != "checkpoint"}
            # An engine that was killed while it created a stack has left its name and nothing else.
            return {**kept, "deployment": checkpoint.get("latest")}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise EngineFailed(f"the state of stack {stack} cannot be read: {error}") from error

    def write(self, stack: str, exported: dict[str, Any]) -> None:
        """Replace the state of a stack, or create the stack with it; without pending operations."""
        deployment = {key: value for key, value in exported["deployment"].items() if key != "pending_operations"}
        deployment = {"manifest": new_manifest(), **deployment}
        if problems := list(integrity_problems(stack, deployment)):
            raise EngineFailed(f"the new state of stack {stack} is invalid: {'; '.join(problems[:5])}")
        kept = {key: value for key, value in exported.items() if key != "deployment"}
        name = f"organization/{self._folder.name}/{stack}"
        text = json.dumps({**kept, "checkpoint": {"stack": name, "latest": deployment}}, ensure_ascii=False)
        with self.locked([stack]):
            try:
                self._replace(self._file(stack), text)
            except OSError as error:
                reason = error.strerror or error
                raise EngineFailed(f"the state of stack {stack} cannot be written: {reason}") from error

    def rewrite(self, stack: str, change: Callable[[bytes], bytes | None]) -> None:
        """Replace the text of a state's file; the backup stays the state before the engine's last write.

        Args:
            stack: its stack.
            change: returns the new text; None where it stays.

        Raises:
            EngineFailed: another process has locked the stack.
            OSError: the file cannot be read or written; what was there is still there.
        """
        file = self._file(stack)
        with self.locked([stack]):
            text = change(file.read_bytes())
            if text is not None:
                self._replace(file, text, keep=False)

    def remove(self, stack: str) -> None:
        """Remove a stack, but for its configuration and a backup of its state."""
        file = self._file(stack)
        history = self._folder.parents[1] / "history" / self._folder.name / stack
        with self.locked([stack]):
            try:
                file.replace(_backup(file))
                with suppress(FileNotFoundError):
                    file.with_name(f"{file.name}.attrs").unlink()
                with suppress(FileNotFoundError):
                    shutil.rmtree(history)
            except OSError as error:
                raise EngineFailed(f"stack {stack} cannot be removed: {error.strerror or error}") from error

    def _file(self, stack: str) -> Path:
        return self._folder / f"{stack}.json"

    def _replace(self, file: Path, text: str | bytes, *, keep: bool = True) -> None:
        """Replace a file as a whole, and keep the one before as the backup; on the disk when this returns."""
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_name(f".{file.name}.new")
        try:
            write_synced(new, text)
            if keep:
                with suppress(FileNotFoundError):
                    shutil.copyfile(file, _backup(file))
            new.replace(file)
        finally:
            with suppress(OSError):
                new.unlink(missing_ok=True)
        sync_folder(file.parent)


def _backup(file: Path) -> Path:
    return file.with_name(f"{file.name}.bak")
