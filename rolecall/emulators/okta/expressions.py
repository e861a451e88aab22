"""Conditions of group rules, in Okta's expression language.

https://developer.okta.com/docs/reference/okta-expression-language/#group-rules: comparisons of profile attributes,
`isMemberOfGroup`, `isMemberOfAnyGroup`, `String.startsWith` and the like are a language of their own; rules use `AND`,
`OR`, `!` and brackets around the first three, and these are what is here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(
    r"""\s*(?:(?P<bracket>[(),!])|(?P<text>"[^"]*"|'[^']*')|(?P<operator>==|!=)|(?P<word>[A-Za-z_][\w.]*))"""
)
Condition = Callable[[Mapping[str, object], set[str]], bool]


class InvalidExpression(ValueError):
    """A condition that cannot be read."""


@dataclass(frozen=True)
class Expression:
    """A condition: which groups it asks about, and whom it means."""

    groups: tuple[str, ...]
    holds: Condition


@lru_cache(maxsize=1024)
def parse_expression(text: str) -> Expression:
    """Return what a condition says of a user's profile and groups.

    Raises:
        InvalidExpression: it cannot be read.
    """
    parser = _Parser(text)
    condition = parser.alternatives()
    parser.end()
    return Expression(tuple(parser.groups), condition)


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        self._at = 0
        self.groups: list[str] = []
        position = 0
        while position < len(text.rstrip()):
            match = _TOKEN.match(text, position)
            if match is None or match.lastgroup is None:
                raise InvalidExpression(f"cannot read the expression at {text[position:]!r}")
            self._tokens.append((match.lastgroup, match.group(match.lastgroup)))
            position = match.end()

    def alternatives(self) -> Condition:
        parts = [self._conjunction()]
        while self._take("word", "or"):
            parts.append(self._conjunction())
        return lambda profile, groups: any(part(profile, groups) for part in parts)

    def _conjunction(self) -> Condition:
        parts = [self._single()]
        while self._take("word", "and"):
            parts.append(self._single())
        return lambda profile, groups: all(part(profile, groups) for part in parts)

    def _single(self) -> Condition:
        if self._take("bracket", "!"):
            inner = self._single()
            return lambda profile, groups: not inner(profile, groups)
        if self._take("bracket", "("):
            inner = self.alternatives()
            self._expect("bracket", ")")
            return inner
        word = self._expect("word")
        if word in ("isMemberOfGroup", "isMemberOfAnyGroup"):
            return self._membership()
        if not word.startswith("user."):
            raise InvalidExpression(f"unknown word {word!r}")
        return self._comparison(word.removeprefix("user."))

    def _membership(self) -> Condition:
        self._expect("bracket", "(")
        wanted = [self._text()]
        while self._take("bracket", ","):
            wanted.append(self._text())
        self._expect("bracket", ")")
        self.groups += wanted
        return lambda _profile, groups: bool(groups & set(wanted))

    def _comparison(self, attribute: str) -> Condition:
        equal = self._expect("operator") == "=="
        value = self._text()
        return lambda profile, _groups: (str(profile.get(attribute, "")) == value) is equal

    def end(self) -> None:
        if self._at != len(self._tokens):
            raise InvalidExpression("cannot read the end of the expression")

    def _text(self) -> str:
        return self._expect("text")[1:-1]

    def _take(self, kind: str, text: str) -> bool:
        if self._at < len(self._tokens):
            found, word = self._tokens[self._at]
            if found == kind and word.lower() == text:
                self._at += 1
                return True
        return False

    def _expect(self, kind: str, text: str | None = None) -> str:
        if self._at < len(self._tokens):
            found, word = self._tokens[self._at]
            if found == kind and text in (None, word):
                self._at += 1
                return word
        raise InvalidExpression(f"{text or kind} expected")
