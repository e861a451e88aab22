"""A cache for conversions that several rules request for the same value, one after the other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

# The properties of a resource, and those of its connection.
CACHED_RESULTS = 2


class Memoized(threading.local):
    """A function of one argument that caches its latest results, for each thread on its own.

    The key is the identity of the argument: neither arguments nor results may be changed. Calls with further arguments
    are not cached.
    """

    def __init__(self, convert: Callable[..., Mapping[str, Any]]) -> None:
        self._convert = convert
        self._latest: list[tuple[Any, Mapping[str, Any]]] = []

    def __call__(self, value: Any, *rest: Any) -> Mapping[str, Any]:
        """Return the converted value."""
        if rest:
            return self._convert(value, *rest)
        for argument, result in self._latest:
            if argument is value:
                return result
        result = self._convert(value)
        self._latest = [(value, result), *self._latest][:CACHED_RESULTS]
        return result
