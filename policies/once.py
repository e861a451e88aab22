"""A conversion that is done once for each thing, where several rules ask for it one after the other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

# A resource's own properties, and those of its connection.
KEPT = 2


class Once(threading.local):
    """A function of one thing, which remembers what it returned for the last few that its thread asked about.

    Things are told apart by identity: nobody may change one, nor what is returned for it. A call with further
    arguments is not remembered.
    """

    def __init__(self, convert: Callable[..., Mapping[str, Any]]) -> None:
        self._convert = convert
        self._last: list[tuple[Any, Mapping[str, Any]]] = []

    def __call__(self, given: Any, *rest: Any) -> Mapping[str, Any]:
        """Return what the function makes of a thing."""
        if rest:
            return self._convert(given, *rest)
        for known, result in self._last:
            if known is given:
                return result
        result = self._convert(given)
        self._last = [(given, result), *self._last][:KEPT]
        return result
