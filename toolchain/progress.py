"""Progress of long work: one line a step on a terminal, one a quarter of a minute elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

# How often a step says that it goes on where output is not a terminal (seconds): CI systems end silent jobs.
QUIET_INTERVAL = 15.0


class Step:
    """One step that is under way."""

    def __init__(self, progress: Progress, title: str) -> None:
        self._progress = progress
        self._title = title
        self._started = time.monotonic()
        self._said = self._started

    @property
    def seconds(self) -> float:
        """Seconds since the step began."""
        return time.monotonic() - self._started

    def update(self, detail: str) -> None:
        """Show how far the step is; may be called as often as there is news."""
        now = time.monotonic()
        line = f"{self._title} … {_duration(self.seconds)}{', ' + detail if detail else ''}"
        if self._progress.terminal:
            if now - self._said >= 0.1:
                self._said = now
                self._progress.overwrite(line)
        elif now - self._said >= QUIET_INTERVAL:
            self._said = now
            self._progress.line(f"  {line}")


class Progress:
    """Shows steps on a stream; standard error by default, so that standard output stays for results."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self.terminal = self._stream.isatty()

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Announce a step, and say how long it took when it has ended well."""
        step = Step(self, title)
        if not self.terminal:
            self.line(f"  {title} …")
        yield step
        self.line(f"  {title}: {_duration(step.seconds)}")

    def note(self, text: str) -> None:
        """Say something once."""
        self.line(f"  {text}")

    def line(self, text: str) -> None:
        """Write a line."""
        erase = "\r\x1b[K" if self.terminal else ""
        self._stream.write(f"{erase}{text}\n")
        self._stream.flush()

    def overwrite(self, text: str) -> None:
        """Replace the line that a terminal shows last."""
        self._stream.write(f"\r\x1b[K  {text}")
        self._stream.flush()


def _duration(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60:02d} s" if whole >= 60 else f"{seconds:.1f} s"
