"""Stacks that are not there yet, created while something else goes on."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from rolecall.deploy.session import Session
from rolecall.engine.garbage import AT_ONCE


class NewStacks:
    """Creates stacks in the background; each once."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._created: dict[str, Future[None]] = {}

    def begin(self, session: Session, stacks: Iterable[str]) -> None:
        """Begin to create stacks.

        Args:
            session: where their states are.
            stacks: their names; those that were begun already are left alone.
        """
        for stack in stacks:
            if stack not in self._created:
                self._created[stack] = self._pool.submit(_create, session, stack)

    def wait(self, stack: str) -> None:
        """Wait until a stack that was begun is there.

        Raises:
            EngineFailed: the engine cannot create it.
            StateUnwritable: its state cannot be written.
        """
        self._created[stack].result()

    def forget(self) -> None:
        """Wait for all of them, and forget them: they were created in a copy of the states."""
        for future in self._created.values():
            future.exception()
        self._created.clear()

    def close(self) -> None:
        """Wait for those that are being created, and create no more."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def _create(session: Session, stack: str) -> None:
    """Create a stack: without an engine where its state is a local file."""
    if not session.states.create(stack):
        session.engine.select(stack)
