"""A value that several threads want at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Found = TypeVar("Found")


class Once(Generic[Found]):
    """A value that is computed at its first use, once for all threads.

    Args:
        read: computes it.
    """

    def __init__(self, read: Callable[[], Found]) -> None:
        self._read, self._lock = read, threading.Lock()
        self._found: list[Found] = []

    @property
    def found(self) -> Found | None:
        """The cached value; None before the first query."""
        return self._found[0] if self._found else None

    def __call__(self) -> Found:
        """Return the value."""
        with self._lock:
            if not self._found:
                self._found.append(self._read())
            return self._found[0]
