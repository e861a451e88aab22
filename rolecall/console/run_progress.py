"""How far a deployment is: one bar for all its stacks, with an estimate that rests on what was done so far."""

from __future__ import annotations

import threading
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from rolecall.console.quiet import Quiet
from rolecall.console.shown import terminal
from rolecall.engine.events import Outcome


class RunProgress(Quiet):
    """Draws the bar; gone when the run is over.

    Args:
        console: the terminal.
    """

    def __init__(self, console: Console) -> None:
        self._bar = Progress(
            TextColumn("  {task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("about"),
            TimeRemainingColumn(),
            TextColumn("left"),
            console=console,
            transient=True,
        )
        self._task = self._bar.add_task("reading the state", total=None)
        self._lock = threading.Lock()
        self._expected: dict[str, int] = {}
        self._done: dict[str, int] = {}

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._bar.start()
        return self

    def __exit__(self, *exc: object) -> None:
        """Take the bar away."""
        self._bar.stop()

    def expect(self, stack: str, resources: int) -> None:
        """Take note that a stack of about so many resources will be run."""
        with self._lock:
            self._expected[stack] = self._expected.get(stack, 0) + resources
            self._draw(stack)

    def progress(self, stack: str, done: int) -> None:
        """Take note of how many resources of a stack are done."""
        with self._lock:
            self._done[stack] = done
            # A stack that is new turns out to be larger than was known.
            self._expected[stack] = max(done, self._expected.get(stack, 0))
            self._draw(stack)

    def finished(self, stack: str, outcome: Outcome) -> None:
        """Take note of what came of a stack."""
        if outcome.ran:
            with self._lock:
                self._done[stack] = self._expected.get(stack, 0)
                self._draw(stack)

    def interrupted(self) -> None:
        """Take the bar away, and say why it does not end at once."""
        self._bar.stop()
        super().interrupted()

    def _draw(self, stack: str) -> None:
        running = sum(done < self._expected.get(name, 0) for name, done in self._done.items())
        more = f" and {running - 1} more" if running > 1 else ""
        total, done = sum(self._expected.values()), sum(self._done.values())
        self._bar.update(self._task, total=total, completed=done, description=f"{terminal(stack)}{more}")
