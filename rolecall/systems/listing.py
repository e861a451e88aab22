"""Objects of a system, read one by one while they are few, and in pages once it is clear that they are many."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

Json = dict[str, Any]
# So many are read one by one before all of them are listed: a small stack must not list a large organization.
ONE_BY_ONE = 3


class Listing:
    """Reads objects for a refresh, which reads each object of a stack.

    What a list lacks is asked for itself before it counts as gone: a list may be cut off, one object may not.

    Args:
        one: returns an object by its id, or None where it is gone.
        every: yields all objects, page by page.
        key: an object's id.
    """

    def __init__(
        self, one: Callable[[str], Json | None], every: Callable[[], Iterable[Json]], key: Callable[[Json], str]
    ) -> None:
        self._one = one
        self._every = every
        self._key = key
        self._lock = threading.Lock()
        self._asked = 0
        self._held: dict[str, Json] | None = None

    def get(self, identity: str) -> Json | None:
        """Return an object, or None where it is gone."""
        with self._lock:
            self._asked += 1
            if self._held is None and self._asked > ONE_BY_ONE:
                self._held = {self._key(item): item for item in self._every()}
            found = self._held.get(identity) if self._held is not None else None
        return found if found is not None else self._one(identity)

    def forget(self) -> None:
        """Forget what was listed, because something was written."""
        with self._lock:
            self._held, self._asked = None, 0
