"""Filters of OData: eq, ne, startswith, and, or, brackets.

https://learn.microsoft.com/graph/filter-query-parameter
"""

from __future__ import annotations

import re
from collections.abc import Callable

from rolecall.emulators.application import Json

Predicate = Callable[[Json], bool]
_TOKEN = re.compile(r"\s*(?:(?P<bracket>[(),])|'(?P<text>(?:[^']|'')*)'|(?P<word>[A-Za-z0-9_\-./:@]+))")


class InvalidFilter(ValueError):
    """A filter that cannot be read."""


def parse_filter(text: str) -> Predicate:
    """Return what a filter says of a resource.

    Raises:
        InvalidFilter: it cannot be read.
    """
    parser = _Parser(text)
    predicate = parser.alternatives()
    parser.end()
    return predicate


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        self._at = 0
        position = 0
        while position < len(text.rstrip()):
            match = _TOKEN.match(text, position)
            if match is None or match.lastgroup is None:
                raise InvalidFilter(f"Invalid filter clause at {text[position:]!r}")
            self._tokens.append((match.lastgroup, match.group(match.lastgroup).replace("''", "'")))
            position = match.end()

    def alternatives(self) -> Predicate:
        parts = [self._conjunction()]
        while self._take("word", "or"):
            parts.append(self._conjunction())
        return lambda resource: any(part(resource) for part in parts)

    def _conjunction(self) -> Predicate:
        parts = [self._single()]
        while self._take("word", "and"):
            parts.append(self._single())
        return lambda resource: all(part(resource) for part in parts)

    def _single(self) -> Predicate:
        if self._take("bracket", "("):
            inner = self.alternatives()
            self._expect("bracket", ")")
            return inner
        word = self._expect("word")
        if word.lower() == "startswith":
            self._expect("bracket", "(")
            name = self._expect("word")
            self._expect("bracket", ",")
            prefix = self._value().lower()
            self._expect("bracket", ")")
            return lambda resource: _text(resource.get(name)).lower().startswith(prefix)
        operator = self._expect("word").lower()
        if operator not in ("eq", "ne"):
            raise InvalidFilter(f"Unsupported operator {operator!r}")
        wanted = self._value().lower()
        return lambda resource: (_text(resource.get(word)).lower() == wanted) is (operator == "eq")

    def end(self) -> None:
        if self._at != len(self._tokens):
            raise InvalidFilter("Invalid filter clause: cannot read its end")

    def _value(self) -> str:
        if self._at < len(self._tokens) and self._tokens[self._at][0] in ("text", "word"):
            self._at += 1
            return self._tokens[self._at - 1][1]
        raise InvalidFilter("Invalid filter clause: a value is missing")

    def _take(self, kind: str, text: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at] == (kind, text):
            self._at += 1
            return True
        return False

    def _expect(self, kind: str, text: str | None = None) -> str:
        if self._at < len(self._tokens):
            found, word = self._tokens[self._at]
            if found == kind and text in (None, word):
                self._at += 1
                return word
        raise InvalidFilter(f"Invalid filter clause: {text or kind} expected")


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
