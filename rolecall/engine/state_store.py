"""Reads and writes whole states: in the files of a local backend, through the engine elsewhere.

An engine process for each read and each write takes a quarter of a second of processor time, and renaming a project
needs some twenty of them.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from rolecall.engine.local_backend import has_only_our_options
from rolecall.engine.new_stack import OTHER_LAYOUTS, has_layout
from rolecall.engine.run import Engine
from rolecall.engine.state import States
from rolecall.engine.state_files import StateFiles

# As `pulumi stack export` writes it: `version`, `deployment` and, where there are any, `features`.
Exported = dict[str, Any]
# Variables with which the engine writes more files for a state than StateFiles does (pulumi/sdk, go/common/env).
MORE_FILES = (
    "PULUMI_RETAIN_CHECKPOINTS",
    "PULUMI_DIY_BACKEND_RETAIN_CHECKPOINTS",
    "PULUMI_SELF_MANAGED_STATE_RETAIN_CHECKPOINTS",
)


class StateStore(Protocol):
    """Reads and writes whole states."""

    def locked(self, stacks: Collection[str]) -> AbstractContextManager[None]:
        """Lock stacks for the length of a `with` block, so that no other engine writes them.

        Raises:
            EngineFailed: another process has the lock of one.
        """

    def read(self, stack: str) -> Exported:
        """Return the state of a stack that exists.

        Raises:
            EngineFailed: it cannot be read.
        """

    def write(self, stack: str, exported: Exported) -> None:
        """Replace the state of a stack, or create the stack with it; without pending operations.

        Raises:
            EngineFailed: the state is invalid or cannot be written; the one before is still there.
        """

    def remove(self, stack: str) -> None:
        """Remove a stack, but for its configuration.

        Raises:
            EngineFailed: it cannot be removed.
        """


class EngineStore:
    """Reads and writes states with engine processes; each write takes the engine's lock for itself.

    Args:
        engine: runs the commands.
        states: the states there.
        shows_secrets: whether secrets are read in plain text, which a stack with another key needs.
    """

    def __init__(self, engine: Engine, states: States, *, shows_secrets: bool = False) -> None:
        self._engine, self._states = engine, states
        self._flags = ["--show-secrets"] if shows_secrets else []

    def locked(self, stacks: Collection[str]) -> AbstractContextManager[None]:
        """Lock nothing."""
        del stacks
        return nullcontext()

    def read(self, stack: str) -> Exported:
        """Return the state of a stack that exists."""
        exported: Exported = json.loads(self._engine.command(["stack", "export", *self._flags, "--stack", stack]))
        return exported

    def write(self, stack: str, exported: Exported) -> None:
        """Replace the state of a stack, or create the stack with it; without pending operations."""
        if self._states.read(stack) is None:
            self._engine.select(stack)
        self._engine.command(["stack", "import", "--stack", stack], text=json.dumps(exported))

    def remove(self, stack: str) -> None:
        """Remove a stack, but for its configuration."""
        self._engine.command(["stack", "rm", stack, "--yes", "--force", "--preserve-config"])


def state_store(engine: Engine, states: States, stacks: Collection[str] = ()) -> StateStore:
    """Return the files of a local backend, or the engine where only that can read and write the states.

    Args:
        engine: runs the engine's commands on the backend.
        states: the states there.
        stacks: those between which resources move. A secret stays readable only where all have the same key.
    """
    files = _files(engine, states)
    if files is not None and len({files.key(stack) for stack in stacks if not states.absent(stack)}) <= 1:
        return files
    return EngineStore(engine, states, shows_secrets=bool(stacks))


def _files(engine: Engine, states: States) -> StateFiles | None:
    folder = states.folder
    variables = [*OTHER_LAYOUTS, *MORE_FILES]
    if folder is None or any(engine.environment.get(name) for name in variables):
        return None
    if not has_only_our_options(states.backend):
        return None
    return StateFiles(folder) if has_layout(folder.parents[1]) else None
