"""Conditions of group rules, in Okta's expression language.

https://developer.okta.com/docs/reference/okta-expression-language/: attributes of `user`, literals, comparisons, `AND`,
`OR`, `!`, the conditional operator, functions of strings and arrays, and, in rules, functions of groups.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import LarkError, VisitError

from rolecall.emulators.okta.functions import ARITY, CASTS, FUNCTIONS

# Groups that a user is in: name by id.
Groups = Mapping[str, str]
Condition = Callable[[Mapping[str, object], Groups], bool]
Value = Callable[[Mapping[str, object], Groups], Any]

_GRAMMAR = r"""
?start: ternary
?ternary: either | either "?" ternary ":" ternary -> conditional
?either: both | either _OR both -> either
?both: negation | both _AND negation -> both
?negation: comparison | ("!" | _NOT) negation -> negation
?comparison: sum | sum OPERATOR sum -> comparison
?sum: single | sum "+" single -> sum
?single: literal | call | "(" ternary ")" | "{" [ternary ("," ternary)*] "}" -> array | attribute
call: NAME "(" [ternary ("," ternary)*] ")"
attribute: NAME
literal: TEXT | NUMBER | TRUE | FALSE | NULL
_OR.3: /(OR|or|\|\|)(?![\w.])/
_AND.3: /(AND|and|&&)(?![\w.])/
_NOT.3: /(NOT|not)(?![\w.])/
TRUE.2: /true(?![\w.])/i
FALSE.2: /false(?![\w.])/i
NULL.2: /null(?![\w.])/
OPERATOR: "==" | "!=" | ">=" | "<=" | ">" | "<" | /(eq|ne|gt|ge|lt|le)(?![\w.])/i
NAME: /[A-Za-z_][\w]*(\.[A-Za-z_][\w]*)*/
TEXT: /"([^"\\]|\\.)*"/ | /'([^'\\]|\\.)*'/
NUMBER: /-?\d+(\.\d+)?/
%import common.WS
%ignore WS
"""
_WORDS = {"eq": "==", "ne": "!=", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}


class InvalidExpression(ValueError):
    """A condition that cannot be read."""


@dataclass(frozen=True)
class Expression:
    """A condition: which groups it names by id, whether it asks for groups by name, and whom it means."""

    groups: tuple[str, ...]
    by_name: bool
    holds: Condition


@lru_cache(maxsize=1024)
def parse_expression(text: str) -> Expression:
    """Return what a condition says of a user's profile and groups.

    Raises:
        InvalidExpression: it cannot be read.
    """
    build = _Build()
    try:
        value: Value = build.transform(_parser().parse(text))
    except VisitError as error:
        raise InvalidExpression(str(error.orig_exc)) from error
    except LarkError as error:
        raise InvalidExpression(f"cannot read the expression {text!r}") from error
    return Expression(tuple(build.groups), build.by_name, lambda profile, groups: value(profile, groups) is True)


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr")


class _Build(Transformer[Token, Value]):
    """Makes a function of a parsed expression."""

    def __init__(self) -> None:
        super().__init__()
        self.groups: list[str] = []
        self.by_name = False

    def literal(self, parts: list[Token]) -> Value:
        found = _literal(parts[0])
        return lambda _profile, _groups: found

    def attribute(self, parts: list[Token]) -> Value:
        scope, _, name = str(parts[0]).partition(".")
        if scope != "user" or not name:
            raise InvalidExpression(f"unknown attribute {str(parts[0])!r}")
        name = name.removeprefix("profile.")
        return lambda profile, _groups: profile.get(name)

    def array(self, parts: list[Value]) -> Value:
        return lambda profile, groups: [one(profile, groups) for one in parts if one is not None]

    def conditional(self, parts: list[Value]) -> Value:
        test, then, otherwise = parts
        return lambda profile, groups: (then if test(profile, groups) is True else otherwise)(profile, groups)

    def either(self, parts: list[Value]) -> Value:
        return lambda profile, groups: any(one(profile, groups) is True for one in parts)

    def both(self, parts: list[Value]) -> Value:
        return lambda profile, groups: all(one(profile, groups) is True for one in parts)

    def negation(self, parts: list[Value]) -> Value:
        return lambda profile, groups: parts[-1](profile, groups) is not True

    def sum(self, parts: list[Value]) -> Value:
        def added(profile: Mapping[str, object], groups: Groups) -> Any:
            left, right = (one(profile, groups) for one in parts)
            return left + right if _numbers(left, right) else f"{_text(left)}{_text(right)}"

        return added

    def comparison(self, parts: list[Any]) -> Value:
        left, sign, right = parts
        operator = _WORDS.get(str(sign).lower(), str(sign))
        return lambda profile, groups: _compare(left(profile, groups), operator, right(profile, groups))

    def call(self, parts: list[Any]) -> Value:
        name, arguments = str(parts[0]), [one for one in parts[1:] if one is not None]
        if name.startswith(("isMemberOf", "user.isMemberOf")):
            return self._membership(name.removeprefix("user."), arguments)
        method = ""
        if name.startswith("user.") and name.count(".") > 1:
            name, _, method = name.rpartition(".")
            return self._method(name, method, arguments)
        if name not in FUNCTIONS:
            raise InvalidExpression(f"unknown function {name!r}")
        least, most = ARITY[name]
        if not least <= len(arguments) <= most:
            raise InvalidExpression(f"{name} takes {least} to {most} arguments, not {len(arguments)}")
        function = FUNCTIONS[name]
        return lambda profile, groups: function(*(one(profile, groups) for one in arguments))

    def _method(self, name: str, method: str, arguments: list[Value]) -> Value:
        """Return a method of an attribute, as Identity Engine has them: `user.login.contains("a")`."""
        if method not in CASTS:
            raise InvalidExpression(f"unknown function {method!r}")
        value, function = self.attribute([Token("NAME", name)]), CASTS[method]
        return lambda profile, groups: function(value(profile, groups), *(one(profile, groups) for one in arguments))

    def _membership(self, name: str, arguments: list[Value]) -> Value:
        """Return a function of groups; its arguments are literals: https://developer.okta.com/docs/reference/okta-expression-language/#group-functions."""
        wanted = [str(one({}, {})) for one in arguments]
        if not wanted:
            raise InvalidExpression(f"{name} takes at least one argument")
        if name in ("isMemberOfGroup", "isMemberOfAnyGroup"):
            self.groups += wanted
            return lambda _profile, groups: any(one in groups for one in wanted)
        tests: dict[str, Callable[[str, str], bool]] = {
            "isMemberOfGroupName": lambda name, text: name == text,
            "isMemberOfGroupNameStartsWith": lambda name, text: name.startswith(text),
            "isMemberOfGroupNameContains": lambda name, text: text in name,
            "isMemberOfGroupNameRegex": FUNCTIONS["matches"],
        }
        if name not in tests:
            raise InvalidExpression(f"unknown function {name!r}")
        self.by_name = True
        test = tests[name]
        return lambda _profile, groups: any(test(one, text) for one in groups.values() for text in wanted)


def _literal(token: Token) -> Any:
    if token.type == "TEXT":
        return str(token)[1:-1].replace('\\"', '"').replace("\\'", "'").replace("\\\\", "\\")
    if token.type == "NUMBER":
        return float(token) if "." in token else int(token)
    return {"TRUE": True, "FALSE": False}.get(token.type)


def _numbers(left: object, right: object) -> bool:
    return all(isinstance(one, int | float) and not isinstance(one, bool) for one in (left, right))


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _compare(left: Any, operator: str, right: Any) -> bool:
    if operator in ("==", "!="):
        alike = left == right if _numbers(left, right) or None in (left, right) else _same(left, right)
        return alike is (operator == "==")
    if left is None or right is None:
        return False
    one, other = (left, right) if _numbers(left, right) else (_text(left), _text(right))
    return bool({">": one > other, ">=": one >= other, "<": one < other, "<=": one <= other}[operator])


def _same(left: Any, right: Any) -> bool:
    return bool(left == right) if isinstance(left, bool) and isinstance(right, bool) else _text(left) == _text(right)
