"""How far a deployment is: one bar for all its stacks, with an estimate that rests on what was done so far."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from rolecall.console.quiet import Quiet
from rolecall.console.shown import terminal
from rolecall.engine.events import Outcome

# The part of the work that has to be done before an estimate is useful.
ENOUGH = 0.1


def remaining(done: int, total: int, elapsed: float) -> float | None:
    """Return the seconds that are left at the pace of the whole run so far; None while too little is done."""
    if done <= 0 or done < ENOUGH * total:
        return None
    return elapsed * (total - done) / done


def left_text(seconds: float | None) -> str:
    """Return an estimate in words; empty without one. It is rounded up, to what it can be trusted for."""
    if seconds is None:
        return ""
    if seconds < 60:
        return f"about {max(5, -(-int(seconds) // 5) * 5)} s left"
    return f"about {-(-int(seconds) // 60)} min left"


class RunProgress(Quiet):
    """Draws the bar; gone when the run is over.

    There is no estimate while a stack is run whose size is not known: one that is new, or turns out to be larger.

    Args:
        console: the terminal.
        clock: returns seconds.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = clock()
        self._unsized: set[str] = set()
        self._bar = Progress(
            TextColumn("  {task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"),
            console=console,
            transient=True,
        )
        self._task = self._bar.add_task("reading the state", total=None, left="")
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
            if resources <= 1:
                self._unsized.add(stack)
            self._expected[stack] = self._expected.get(stack, 0) + resources
            self._draw(stack)

    def progress(self, stack: str, done: int) -> None:
        """Take note of how many resources of a stack are done."""
        with self._lock:
            self._done[stack] = done
            # A stack that is new turns out to be larger than was known.
            if done > self._expected.get(stack, 0):
                self._unsized.add(stack)
            self._expected[stack] = max(done, self._expected.get(stack, 0))
            self._draw(stack)

    def finished(self, stack: str, outcome: Outcome) -> None:
        """Take note of what came of a stack."""
        if outcome.ran:
            with self._lock:
                self._done[stack] = self._expected.get(stack, 0)
                self._unsized.discard(stack)
                self._draw(stack)

    def interrupted(self) -> None:
        """Take the bar away, and say why it does not end at once."""
        self._bar.stop()
        super().interrupted()

    def _draw(self, stack: str) -> None:
        running = sum(done < self._expected.get(name, 0) for name, done in self._done.items())
        more = f" and {running - 1} more" if running > 1 else ""
        total, done = sum(self._expected.values()), sum(self._done.values())
        seconds = None if self._unsized else remaining(done, total, self._clock() - self._began)
        description = f"{terminal(stack)}{more}"
        self._bar.update(self._task, total=total, completed=done, description=description, left=left_text(seconds))
