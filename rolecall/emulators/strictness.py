"""Refuse what an emulator does not know: a field, parameter or header that no handler looked at is no silent yes.

In strict mode, which tests use, such a request is answered with 501 and the names. A handler that copies a whole object
keeps and answers all of it, so that all of it counts as known; so does an object into which the handler does not look.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

NOT_IMPLEMENTED = 501
# Headers that change what a service does; others carry credentials, formats and names of clients.
MEANINGFUL = frozenset(
    {
        "consistencylevel",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-unmodified-since",
        "prefer",
        "x-databricks-azure-sp-management-token",
        "x-databricks-azure-workspace-resource-id",
        "x-http-method-override",
    }
)


class Watched(dict[str, Any]):
    """Fields of a request, those of objects in it included; `unread` are those that no handler read.

    Attributes:
        unread: names of fields that were not looked at.
        is_kept: all of it was copied.
        is_read: a field was looked at by its name.
    """

    def __init__(self, values: Mapping[str, Any] | Iterable[tuple[str, Any]] = ()) -> None:
        super().__init__(values)
        self.unread: set[str] = set(super().keys())
        self.is_kept = False
        self.is_read = False

    def __getitem__(self, key: str) -> Any:
        """Return a value, which counts as looked at."""
        self._see(key)
        return self._inner(key)

    def __contains__(self, key: object) -> bool:
        """Return whether a field is there; it counts as looked at."""
        self._see(key)
        return super().__contains__(key)

    def __iter__(self) -> Iterator[str]:
        """Yield the names; all count as looked at."""
        self._see_all()
        return super().__iter__()

    def __or__(self, other: Any) -> Any:
        """Return a copy with other values on top; all count as looked at."""
        self._see_all()
        return {**dict(super().items()), **other}

    def __ror__(self, other: Any) -> Any:
        """Return other values with these on top; all count as looked at."""
        self._see_all()
        return {**other, **dict(super().items())}

    def get(self, key: str, default: Any = None) -> Any:
        """Return a value, which counts as looked at."""
        self._see(key)
        return self._inner(key) if super().__contains__(key) else default

    def pop(self, key: str, *default: Any) -> Any:
        """Take a value out, which counts as looked at."""
        self._see(key)
        if super().__contains__(key):
            self._inner(key)
        return super().pop(key, *default)

    def keys(self) -> Any:
        """Return the names; all count as looked at."""
        self._see_all()
        return super().keys()

    def values(self) -> Any:
        """Return the values; all count as looked at."""
        self._see_all()
        return super().values()

    def items(self) -> Any:
        """Return names and values; all count as looked at."""
        self._see_all()
        return super().items()

    def copy(self) -> dict[str, Any]:
        """Return a copy; all count as looked at."""
        self._see_all()
        return dict(super().items())

    def names(self) -> list[str]:
        """Return the names of fields that no handler read, those of inner objects with the way to them."""
        if self.__dict__.get("is_kept", True):
            return []
        found = sorted(self.unread)
        for key, value in super().items():
            inner = value if isinstance(value, list) else [value]
            for one in inner:
                if key not in self.unread and isinstance(one, Watched) and one.is_read:
                    found += [f"{key}.{name}" for name in one.names()]
        return list(dict.fromkeys(found))

    def _inner(self, key: str) -> Any:
        """Return a value; an object in it is watched too."""
        value = super().__getitem__(key)
        if isinstance(value, dict) and not isinstance(value, Watched):
            value = Watched(value)
            super().__setitem__(key, value)
        elif isinstance(value, list) and any(isinstance(one, dict) and not isinstance(one, Watched) for one in value):
            value = [Watched(one) if isinstance(one, dict) else one for one in value]
            super().__setitem__(key, value)
        return value

    def _see(self, key: object) -> None:
        # A copy that `copy.deepcopy` makes has its values before its attributes.
        unread = self.__dict__.get("unread")
        if unread is not None:
            unread.discard(key)
            self.is_read = True

    def _see_all(self) -> None:
        unread = self.__dict__.get("unread")
        if unread is not None:
            unread.clear()
            self.is_kept = True


class WatchedHeaders(Mapping[str, str]):
    """Headers of a request; `unread` are those with a meaning that no handler read.

    Args:
        headers: the headers, whose names are compared without case.
    """

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers
        self.unread = {name for name in MEANINGFUL if name in headers}

    def __getitem__(self, key: str) -> str:
        """Return a value, which counts as looked at."""
        self.unread.discard(key.lower())
        return self._headers[key]

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        return iter(self._headers)

    def __len__(self) -> int:
        """Return the number of headers."""
        return len(self._headers)


def as_sent(query: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters of a request for a link to its next page, which does not make them known."""
    return dict(dict.items(query)) if isinstance(query, dict) else dict(query)


def unknown(parts: Mapping[str, Mapping[str, Any]], known: Iterable[str]) -> list[str]:
    """Return what no handler read, in words.

    Args:
        parts: the parts of a request by what each is called.
        known: names that the route knows although the handler did not read them now.
    """
    unread: Iterator[tuple[str, list[str]]] = ((noun, _unread(part)) for noun, part in parts.items())
    return [f"{noun} {name}" for noun, names in unread for name in names if name not in known]


def _unread(part: Mapping[str, Any]) -> list[str]:
    if isinstance(part, Watched):
        return part.names()
    return sorted(getattr(part, "unread", set()))


def not_known(method: str, path: str, names: Iterable[str]) -> dict[str, Any]:
    """Return the body of the refusal of a request with parts that no handler read."""
    message = f"the emulator does not know of {method} {path}: {', '.join(names)}"
    return {"error_code": "NOT_IMPLEMENTED", "message": message, "detail": message, "errorSummary": message}
