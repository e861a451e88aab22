"""SCIM filters (RFC 7644, section 3.4.2.2), as far as services take them: eq, ne, sw, co, gt, lt, and, or."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

Predicate = Callable[[dict[str, Any]], bool]

_TOKEN = re.compile(r'\s*(?:(\()|(\))|"((?:[^"\\]|\\.)*)"|([A-Za-z_][\w.$]*)|([0-9]+))')
# Databricks: "a filter may have at most 200 nodes".
MAX_NODES = 200


class InvalidFilter(ValueError):
    """A filter that cannot be read."""


def parse_filter(text: str) -> Predicate:
    """Return whether a resource matches a filter.

    Raises:
        InvalidFilter: it cannot be read, or has too many parts.
    """
    parser = _Parser(_tokens(text), text)
    predicate = parser.alternatives()
    parser.end()
    return predicate


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    position = 0
    while position < len(text.rstrip()):
        match = _TOKEN.match(text, position)
        if match is None:
            raise InvalidFilter(f"cannot read the filter at {text[position:]!r}")
        kinds = ("(", ")", "value", "word", "value")
        found.append(next((kind, part) for kind, part in zip(kinds, match.groups(), strict=True) if part is not None))
        position = match.end()
    if len(found) > MAX_NODES * 3:
        raise InvalidFilter(f"the filter has more than {MAX_NODES} nodes")
    return found


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], text: str) -> None:
        self._tokens = tokens
        self._text = text
        self._position = 0

    def alternatives(self) -> Predicate:
        parts = [self._conjunction()]
        while self._take_word("or"):
            parts.append(self._conjunction())
        return lambda resource: any(part(resource) for part in parts)

    def _conjunction(self) -> Predicate:
        parts = [self._comparison()]
        while self._take_word("and"):
            parts.append(self._comparison())
        return lambda resource: all(part(resource) for part in parts)

    def _comparison(self) -> Predicate:
        if self._peek()[0] == "(":
            self._position += 1
            inner = self.alternatives()
            self._expect(")")
            return inner
        attribute = self._expect("word")
        operator = self._expect("word").lower()
        kind, value = self._peek()
        if kind not in ("value", "word"):
            raise InvalidFilter(f"a value is missing in {self._text!r}")
        self._position += 1
        compare = _OPERATORS.get(operator)
        if compare is None:
            raise InvalidFilter(f"unknown operator {operator!r}; known are {', '.join(sorted(_OPERATORS))}")
        if operator == "ne":
            return lambda resource: not any(one.lower() == value.lower() for one in _values(resource, attribute))
        return lambda resource: any(compare(one.lower(), value.lower()) for one in _values(resource, attribute))

    def end(self) -> None:
        if self._position != len(self._tokens):
            raise InvalidFilter(f"cannot read the end of the filter {self._text!r}")

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._position] if self._position < len(self._tokens) else ("end", "")

    def _take_word(self, word: str) -> bool:
        kind, text = self._peek()
        if kind == "word" and text.lower() == word:
            self._position += 1
            return True
        return False

    def _expect(self, kind: str) -> str:
        found, text = self._peek()
        if found != kind:
            raise InvalidFilter(f"cannot read the filter {self._text!r}")
        self._position += 1
        return text


_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "eq": lambda found, wanted: found == wanted,
    "ne": lambda found, wanted: found != wanted,
    "sw": lambda found, wanted: found.startswith(wanted),
    "co": lambda found, wanted: wanted in found,
    "gt": lambda found, wanted: found > wanted,
    "ge": lambda found, wanted: found >= wanted,
    "lt": lambda found, wanted: found < wanted,
    "le": lambda found, wanted: found <= wanted,
}


def _values(resource: dict[str, Any], attribute: str) -> Iterable[str]:
    """Return an attribute's values as texts; attribute names do not mind case (RFC 7643, section 2.1)."""
    current: list[Any] = [resource]
    for part in attribute.lower().split("."):
        following: list[Any] = []
        for item in current:
            for key, value in item.items() if isinstance(item, dict) else ():
                if key.lower() == part:
                    following += value if isinstance(value, list) else [value]
        current = following
    return [str(value) for value in current if not isinstance(value, dict)]
