"""The clock of an emulator, which tests can put forward."""

from __future__ import annotations

import time


class Clock:
    """Seconds since 1970, plus what it was put forward by."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        """Return the time in seconds since 1970."""
        return time.time() + self._ahead

    def milliseconds(self) -> int:
        """Return the time in milliseconds since 1970, as Databricks writes it."""
        return int(self.now() * 1000)

    def forward(self, seconds: float) -> None:
        """Put the clock forward."""
        self._ahead += seconds
