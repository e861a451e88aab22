"""Connections to the systems, one for each system and process, made when they are first needed."""

from __future__ import annotations

import threading
from collections.abc import Callable

from rolecall.systems.requests import Requests


class Connection:
    """Makes a system's requests once, and hands them out.

    Args:
        connect: makes them; raises SystemRefused where the environment lacks what it needs.
    """

    def __init__(self, connect: Callable[[], Requests]) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._requests: Requests | None = None
        _connections.append(self)

    def __call__(self) -> Requests:
        """Return the requests."""
        with self._lock:
            if self._requests is None:
                self._requests = self._connect()
            return self._requests

    def forget(self) -> None:
        """Reconnect at the next use, for tests."""
        with self._lock:
            self._requests = None

    def cancel(self) -> None:
        """End waiting."""
        if self._requests is not None:
            self._requests.cancelled.set()


_connections: list[Connection] = []


def cancel_all() -> None:
    """End the waiting of all connections."""
    for one in _connections:
        one.cancel()


def forget_all() -> None:
    """Reconnect to all systems at the next use."""
    for one in _connections:
        one.forget()
