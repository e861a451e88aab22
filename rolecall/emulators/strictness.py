"""Refuse what an emulator does not know: a field, parameter or header that no handler looked at is no silent yes.

In strict mode, which tests use, such a request is answered with 501 and the names. A handler that copies the whole body
keeps and answers all of it, so that all of it counts as known.
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
    """Fields of a request; `unread` are those that no handler read."""

    def __init__(self, values: Mapping[str, Any] | Iterable[tuple[str, Any]] = ()) -> None:
        super().__init__(values)
        self.unread: set[str] = set(super().keys())

    def __getitem__(self, key: str) -> Any:
        """Return a value, which counts as looked at."""
        self._see(key)
        return super().__getitem__(key)

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
        return super().get(key, default)

    def pop(self, key: str, *default: Any) -> Any:
        """Take a value out, which counts as looked at."""
        self._see(key)
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

    def _see(self, key: object) -> None:
        # A copy that `copy.deepcopy` makes has its values before its attributes.
        unread = self.__dict__.get("unread")
        if unread is not None:
            unread.discard(key)

    def _see_all(self) -> None:
        unread = self.__dict__.get("unread")
        if unread is not None:
            unread.clear()


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
    unread: Iterator[tuple[str, set[str]]] = ((noun, getattr(part, "unread", set())) for noun, part in parts.items())
    return [f"{noun} {name}" for noun, names in unread for name in sorted(names - {*known})]


def not_known(method: str, path: str, names: Iterable[str]) -> dict[str, Any]:
    """Return the body of the refusal of a request with parts that no handler read."""
    message = f"the emulator does not know of {method} {path}: {', '.join(names)}"
    return {"error_code": "NOT_IMPLEMENTED", "message": message, "detail": message, "errorSummary": message}
