"""`search` and `filter` of Okta's lists.

https://developer.okta.com/docs/reference/user-query/ and https://developer.okta.com/docs/api/#filter: operators eq, ne,
gt, ge, lt, le, sw, ew, co and pr; `and` binds closer than `or`; brackets and `not`. Texts are compared without case.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import LarkError

from rolecall.emulators.application import Json
from rolecall.emulators.okta.errors import search_refused

Predicate = Callable[[Json], bool]

_GRAMMAR = r"""
?start: either
?either: both | either _OR both -> either
?both: negation | both _AND negation -> both
?negation: single | _NOT negation -> negation
?single: comparison | "(" either ")"
comparison: NAME _PR -> present
          | NAME OPERATOR value
value: TEXT | NUMBER | WORD
_OR.3: /or(?![\w.])/i
_AND.3: /and(?![\w.])/i
_NOT.3: /not(?![\w.])/i
_PR.3: /pr(?![\w.])/i
OPERATOR.2: /(eq|ne|gt|ge|lt|le|sw|ew|co)(?![\w.])/i
WORD.2: /(true|false|null)(?![\w.])/i
NAME: /[A-Za-z_][\w]*([.][A-Za-z_][\w]*)*/
TEXT: /"([^"\\]|\\.)*"/ | /'([^'\\]|\\.)*'/
NUMBER: /-?\d+(\.\d+)?/
%import common.WS
%ignore WS
"""


def chosen(name: str, text: str, items: list[Json]) -> list[Json]:
    """Return the items that a `search` or `filter` means.

    Args:
        name: what the parameter is called.
        text: the expression.
        items: all of them, as they are answered.

    Raises:
        Refused: the expression cannot be read.
    """
    try:
        matches = _parsed(text)
    except LarkError as error:
        raise search_refused(name, text) from error
    return [one for one in items if matches(one)]


@lru_cache(maxsize=256)
def _parsed(text: str) -> Predicate:
    found: Predicate = _Build().transform(_parser().parse(text))
    return found


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr")


class _Build(Transformer[Token, Predicate]):
    def either(self, parts: list[Predicate]) -> Predicate:
        return lambda item: any(one(item) for one in parts)

    def both(self, parts: list[Predicate]) -> Predicate:
        return lambda item: all(one(item) for one in parts)

    def negation(self, parts: list[Predicate]) -> Predicate:
        return lambda item: not parts[-1](item)

    def present(self, parts: list[Token]) -> Predicate:
        name = str(parts[0])
        return lambda item: any(one not in (None, "") for one in values(item, name))

    def value(self, parts: list[Token]) -> Any:
        token = parts[0]
        if token.type == "TEXT":
            return str(token)[1:-1].replace('\\"', '"').replace("\\\\", "\\")
        return str(token).lower()

    def comparison(self, parts: list[Any]) -> Predicate:
        name, operator, wanted = str(parts[0]), str(parts[1]).lower(), str(parts[2])
        if operator == "ne":
            return lambda item: not any(_text(one) == wanted.lower() for one in values(item, name))
        compare = OPERATORS[operator]
        return lambda item: any(compare(_text(one), wanted.lower()) for one in values(item, name))


OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "eq": lambda found, wanted: found == wanted,
    "gt": lambda found, wanted: found > wanted,
    "ge": lambda found, wanted: found >= wanted,
    "lt": lambda found, wanted: found < wanted,
    "le": lambda found, wanted: found <= wanted,
    "sw": lambda found, wanted: found.startswith(wanted),
    "ew": lambda found, wanted: found.endswith(wanted),
    "co": lambda found, wanted: wanted in found,
}


def values(item: Json, name: str) -> list[Any]:
    """Return the values of an attribute with dots; a missing one is null."""
    current: list[Any] = [item]
    for part in name.split("."):
        following: list[Any] = []
        for one in current:
            found = one.get(part) if isinstance(one, dict) else None
            following += found if isinstance(found, list) else [found]
        current = following
    return current


def _text(value: Any) -> str:
    if value is None:
        return "null"
    return str(value).lower()


def sorted_by(items: list[Json], name: str, order: str) -> list[Json]:
    """Return items by an attribute; `sortOrder` is `asc` unless it is `desc`."""
    if not name:
        return items
    return sorted(items, key=lambda one: _text(values(one, name)[0]), reverse=order.lower() in ("desc", "descending"))
