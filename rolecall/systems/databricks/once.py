"""Something that many ask for at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Found = TypeVar("Found")


class Once(Generic[Found]):
    """Reads something the first time that it is asked for, once for all who ask.

    Args:
        read: reads it.
    """

    def __init__(self, read: Callable[[], Found]) -> None:
        self._read, self._lock = read, threading.Lock()
        self._found: list[Found] = []

    @property
    def found(self) -> Found | None:
        """The cached value; None before the first query."""
        return self._found[0] if self._found else None

    def __call__(self) -> Found:
        """Return it."""
        with self._lock:
            if not self._found:
                self._found.append(self._read())
            return self._found[0]
