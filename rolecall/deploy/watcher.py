"""Progress of a run."""

from __future__ import annotations

from rolecall.engine.events import Outcome


class Watcher:
    """Receives the progress of a run; the methods of this class do nothing."""

    def expect(self, stack: str, resources: int) -> None:
        """Take note that a stack of about so many resources will be run."""

    def progress(self, stack: str, done: int) -> None:
        """Take note of how many resources of a stack are done."""

    def finished(self, stack: str, outcome: Outcome) -> None:
        """Take note of what came of a stack."""

    def interrupted(self) -> None:
        """Take note that the user ends the run; what is under way is still finished."""
