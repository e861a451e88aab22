"""`$filter` and `$search` of Microsoft Graph.

https://learn.microsoft.com/graph/filter-query-parameter, …/search-query-parameter and …/aad-advanced-queries: which
operators need `ConsistencyLevel: eventual` and `$count=true`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import LarkError, VisitError

Predicate = Callable[[Any], bool]

_GRAMMAR = r"""
?start: either
?either: both | either _OR both -> either
?both: negation | both _AND negation -> both
?negation: single | _NOT negation -> negation
?single: comparison | call | lambda_ | "(" either ")"
comparison: path OPERATOR literal
          | path _IN "(" literal ("," literal)* ")" -> membership
call: FUNCTION "(" path "," literal ")"
lambda_: path "/" QUANTIFIER "(" [path ":" either] ")"
path: PATH
literal: TEXT | WORD | PATH
_OR.3: /or(?![\w.])/i
_AND.3: /and(?![\w.])/i
_NOT.3: /not(?![\w.])/i
_IN.3: /in(?=[\s(])/i
OPERATOR.2: /(eq|ne|gt|ge|lt|le)(?![\w.])/i
FUNCTION.3: /(startswith|endswith|contains)(?=\s*\()/i
QUANTIFIER.3: /(any|all)(?=\s*\()/i
PATH: /[A-Za-z_@][\w.@]*(\/(?!(any|all)\s*\()[\w.@$]+)*/
TEXT: /'([^']|'')*'/
WORD.1: /[0-9A-Fa-f]{8}-[0-9A-Fa-f-]{27}|-?\d[A-Za-z0-9_\-.:+]*/
%import common.WS
%ignore WS
"""


class InvalidFilter(ValueError):
    """A filter that cannot be read."""


@dataclass(frozen=True)
class Filter:
    """A filter, parsed.

    Attributes:
        holds: whether it holds for a resource.
        advanced: it needs `ConsistencyLevel: eventual` and `$count=true`.
        names: the properties that it names.
    """

    holds: Predicate
    advanced: bool
    names: frozenset[str]


@lru_cache(maxsize=512)
def parse_filter(text: str) -> Filter:
    """Return a parsed filter.

    Raises:
        InvalidFilter: it cannot be read.
    """
    build = _Build()
    try:
        holds: Predicate = build.transform(_parser().parse(text))
    except VisitError as error:
        raise InvalidFilter(f"Invalid filter clause: {error.orig_exc}") from error
    except LarkError as error:
        raise InvalidFilter(f"Invalid filter clause: Syntax error in '{text}'.") from error
    return Filter(holds, build.advanced, frozenset(build.names))


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr")


class _Build(Transformer[Token, Predicate]):
    def __init__(self) -> None:
        super().__init__()
        self.advanced = False
        self.names: set[str] = set()

    def either(self, parts: list[Predicate]) -> Predicate:
        return lambda item: any(one(item) for one in parts)

    def both(self, parts: list[Predicate]) -> Predicate:
        return lambda item: all(one(item) for one in parts)

    def negation(self, parts: list[Predicate]) -> Predicate:
        self.advanced = True
        return lambda item: not parts[-1](item)

    def path(self, parts: list[Token]) -> tuple[str, ...]:
        return tuple(str(parts[0]).split("/"))

    def literal(self, parts: list[Token]) -> str:
        token = parts[0]
        if token.type == "TEXT":
            return str(token)[1:-1].replace("''", "'").lower()
        return str(token).lower()

    def comparison(self, parts: list[Any]) -> Predicate:
        path, operator, wanted = parts[0], str(parts[1]).lower(), parts[2]
        self._note(path)
        if operator != "eq" and not (operator in ("ge", "le") and "datetime" in path[-1].lower()):
            self.advanced = True
        if path[-1] == "$count":
            self.advanced = True
            return lambda item: _COMPARE[operator](len(_value(item, path[:-1]) or []), int(wanted))
        if operator in ("eq", "ne"):
            return lambda item: (_text(_value(item, path)) == wanted) is (operator == "eq")
        compare = _COMPARE[operator]
        return lambda item: _value(item, path) is not None and compare(_text(_value(item, path)), wanted)

    def membership(self, parts: list[Any]) -> Predicate:
        path, wanted = parts[0], {*parts[1:]}
        self._note(path)
        return lambda item: _text(_value(item, path)) in wanted

    def call(self, parts: list[Any]) -> Predicate:
        name, path, wanted = str(parts[0]).lower(), parts[1], parts[2]
        self._note(path)
        if name == "contains":
            raise InvalidFilter("The function 'contains' is not supported on directory objects.")
        self.advanced = self.advanced or name == "endswith"
        compare = str.startswith if name == "startswith" else str.endswith
        return lambda item: _value(item, path) is not None and compare(_text(_value(item, path)), wanted)

    def lambda_(self, parts: list[Any]) -> Predicate:
        path, quantifier = parts[0], str(parts[1]).lower()
        self._note(path)
        if len(parts) < 4 or parts[3] is None:
            return lambda item: bool(_value(item, path))
        variable, inner = parts[2][0], parts[3]
        self.names.discard(variable)
        decide = any if quantifier == "any" else all

        def holds(item: Any) -> bool:
            return decide(inner(_Bound(variable, one)) for one in _value(item, path) or [])

        return holds

    def _note(self, path: tuple[str, ...]) -> None:
        self.names.add(path[0])


@dataclass(frozen=True)
class _Bound:
    """An element of a collection under a lambda's name for it."""

    name: str
    value: Any


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda found, wanted: bool(found == wanted),
    "ne": lambda found, wanted: bool(found != wanted),
    "gt": lambda found, wanted: bool(found > wanted),
    "ge": lambda found, wanted: bool(found >= wanted),
    "lt": lambda found, wanted: bool(found < wanted),
    "le": lambda found, wanted: bool(found <= wanted),
}


def _value(item: Any, path: tuple[str, ...]) -> Any:
    current = item
    for part in path:
        if isinstance(current, _Bound):
            current = current.value if part == current.name else None
        else:
            current = current.get(part) if isinstance(current, dict) else None
    return current.value if isinstance(current, _Bound) else current


def _text(value: object) -> str:
    return "null" if value is None else str(value).lower()


_PART = re.compile(r'\s*(?:"(?P<part>(?:[^"\\]|\\.)*)"|(?P<word>AND|OR)|(?P<bracket>[()]))')


def parse_search(text: str) -> Predicate:
    """Parse a `$search`: "property:text" joined by AND and OR, the text compared with the words' beginnings.

    Raises:
        InvalidFilter: it cannot be read.
    """
    tokens: list[tuple[str, str]] = []
    position = 0
    while position < len(text.rstrip()):
        match = _PART.match(text, position)
        if match is None or match.lastgroup is None:
            raise InvalidFilter(f"Syntax error: character at position {position} is not valid in '{text}'.")
        tokens.append((match.lastgroup, match.group(match.lastgroup)))
        position = match.end()
    found, rest = _either(tokens)
    if rest:
        raise InvalidFilter(f"Syntax error in '{text}'.")
    return found


def _either(tokens: list[tuple[str, str]]) -> tuple[Predicate, list[tuple[str, str]]]:
    found, rest = _both(tokens)
    parts = [found]
    while rest[:1] == [("word", "OR")]:
        found, rest = _both(rest[1:])
        parts.append(found)
    return (lambda item: any(one(item) for one in parts)), rest


def _both(tokens: list[tuple[str, str]]) -> tuple[Predicate, list[tuple[str, str]]]:
    found, rest = _single(tokens)
    parts = [found]
    while rest[:1] == [("word", "AND")]:
        found, rest = _single(rest[1:])
        parts.append(found)
    return (lambda item: all(one(item) for one in parts)), rest


def _single(tokens: list[tuple[str, str]]) -> tuple[Predicate, list[tuple[str, str]]]:
    if tokens[:1] == [("bracket", "(")]:
        found, rest = _either(tokens[1:])
        if rest[:1] != [("bracket", ")")]:
            raise InvalidFilter("Syntax error: ')' expected.")
        return found, rest[1:]
    if not tokens or tokens[0][0] != "part":
        raise InvalidFilter("Syntax error: '\"property:value\"' expected.")
    name, separator, wanted = tokens[0][1].partition(":")
    if not separator:
        raise InvalidFilter(f"Syntax error: property expected in '{tokens[0][1]}'.")
    tokenized = name in ("displayName", "description")
    return (lambda item: _searched(item.get(name), wanted.lower(), tokenized=tokenized)), tokens[1:]


def _searched(value: Any, wanted: str, *, tokenized: bool) -> bool:
    """Return whether a property begins with a text; `displayName` and `description` by their words."""
    if value is None:
        return False
    text = str(value).lower()
    if not tokenized:
        return text.startswith(wanted)
    words = [text, *(one for one in re.split(r"[^a-z0-9]+", text) if one)]
    return all(any(one.startswith(part) for one in words) for part in re.split(r"[^a-z0-9]+", wanted) if part)
