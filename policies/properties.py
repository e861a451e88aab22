"""A resource's properties as rules see them: a value that is not known yet cannot be mistaken for a good one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import proxy, secret

from rolecall.memoized import Memoized

# What the engine sends instead of a value that is not known during a preview.
_SENTINELS = frozenset(
    {
        proxy.UNKNOWN_ARCHIVE_VALUE,
        proxy.UNKNOWN_ARRAY_VALUE,
        proxy.UNKNOWN_ASSET_VALUE,
        proxy.UNKNOWN_BOOLEAN_VALUE,
        proxy.UNKNOWN_NUMBER_VALUE,
        proxy.UNKNOWN_OBJECT_VALUE,
        proxy.UNKNOWN_STRING_VALUE,
    }
)


class Unknown(Exception):
    """A rule reads a value that is not known during this preview."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


def raw_properties(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the plain values behind what the policy SDK hands to rules.

    The SDK raises at the first touch of an unknown value and then downgrades the whole rule to a warning, so the
    values are taken out from behind it, and unknown ones are handled here.
    """
    target = _target(properties)
    # Tests hand in plain values, which they may change.
    return _plain(target) if target is properties else _plain_once(target)


def _plain(value: Any) -> Any:
    value = _target(value)
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


_plain_once = Memoized(_plain)


def untouched(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties as the SDK holds them, for giving them back: secrets stay secret, unknown values unknown."""
    value: Any = properties
    while type(value).__module__ in (proxy.__name__, secret.__name__):
        value = value["__target"]
    return dict(value)


def _target(value: Any) -> Any:
    """Return what a proxy of the SDK stands for; tests hand in plain values."""
    return value["__target"] if type(value).__module__ == proxy.__name__ else value


class Properties:
    """Properties of a resource, or of a part of one, read by path."""

    def __init__(self, values: Mapping[str, Any], path: str = "") -> None:
        self._values = values
        self._path = path

    def read(self, name: str) -> Any:
        """Return a value, or None where it is not set.

        Args:
            name: names from here to the value, joined by dots.

        Raises:
            Unknown: the value, or what holds it, is not known yet.
        """
        value: Any = self._values
        path = self._path
        for part in name.split("."):
            if not isinstance(value, Mapping) or value.get(part) is None:
                return None
            value = value[part]
            path = f"{path}.{part}" if path else part
            _require_known(value, path)
        return value

    def is_set(self, name: str) -> bool:
        """Return whether there is a value, which need not be known: the id of something declared is an id.

        Raises:
            Unknown: what holds the value is not known yet.
        """
        *outer, last = name.split(".")
        holder = self.read(".".join(outer)) if outer else self._values
        return isinstance(holder, Mapping) and holder.get(last) not in (None, "")

    def items(self, name: str) -> Iterator[Properties]:
        """Yield the parts of a list.

        Raises:
            Unknown: the list, or one of its parts, is not known yet.
        """
        listed = self.read(name)
        path = f"{self._path}.{name}" if self._path else name
        if listed is not None and not isinstance(listed, list):
            raise Unknown(path)  # a list that is something else must not look like an empty one
        for index, item in enumerate(listed or []):
            _require_known(item, f"{path}[{index}]")
            if not isinstance(item, Mapping):
                raise Unknown(f"{path}[{index}]")
            yield Properties(item, f"{path}[{index}]")

    def within(self, name: str) -> Properties | None:
        """Return a part, or None where it is not set."""
        value = self.read(name)
        path = f"{self._path}.{name}" if self._path else name
        return Properties(value, path) if isinstance(value, Mapping) else None

    def known(self, name: str) -> list[Any]:
        """Return the items of a list that are known; the others are ids of what is still to be made.

        Raises:
            Unknown: the list as a whole is not known yet.
        """
        *outer, last = name.split(".")
        holder = self.read(".".join(outer)) if outer else self._values
        listed = holder.get(last) if isinstance(holder, Mapping) else None
        if isinstance(listed, str) and listed in _SENTINELS:
            raise Unknown(f"{self._path}.{name}" if self._path else name)
        return [one for one in listed or [] if not (isinstance(one, str) and one in _SENTINELS)]

    def known_or_none(self, name: str) -> Any:
        """Return a value, or None where it is not set or not known yet."""
        try:
            return self.read(name)
        except Unknown:
            return None

    @property
    def path(self) -> str:
        """Where this part is in its resource."""
        return self._path

    @property
    def names(self) -> list[str]:
        """The names of the values that are set."""
        return [name for name, value in self._values.items() if value is not None]


def principal_of(entry: Properties) -> str:
    """Return who is given something; nothing where it is the id of something that is still to be made."""
    try:
        return str(entry.read("principal") or "")
    except Unknown:
        return ""


def texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every known text in a tree of values, with its path."""
    if isinstance(value, str):
        if value not in _SENTINELS:
            yield path, value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from texts(item, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from texts(item, f"{path}[{index}]")


def _require_known(value: Any, path: str) -> None:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str) and one in _SENTINELS:
            raise Unknown(path)
