"""Functions of Okta's expression language.

https://developer.okta.com/docs/reference/okta-expression-language/#string-functions, #array-functions,
#conversion-functions and #convert-formats; a function of a missing attribute answers null or false, as Okta does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Function = Callable[..., Any]


def _of_text(function: Callable[..., Any]) -> Function:
    """Return a function that answers null where its first argument is null."""
    return lambda first, *more: None if first is None else function(str(first), *more)


def _truth(function: Callable[..., bool]) -> Function:
    """Return a test that answers false where its first argument is null."""
    return lambda first, *more: first is not None and function(str(first), *more)


def _array(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [] if value is None else [value]


def matches(text: Any, pattern: Any) -> bool:
    """Return whether a whole text fits a regular expression."""
    try:
        return text is not None and re.fullmatch(str(pattern), str(text)) is not None
    except re.error:
        return False


def _number(value: Any) -> int | None:
    try:
        return round(float(value))
    except (TypeError, ValueError):
        return None


def _flat(*values: Any) -> list[Any]:
    return [one for value in values for one in (_flat(*value) if isinstance(value, list | tuple) else [value])]


FUNCTIONS: Mapping[str, Function] = {
    "String.append": lambda text, more: f"{text or ''}{more or ''}",
    "String.join": lambda separator, *texts: str(separator).join(str(one) for one in texts if one is not None),
    "String.len": _of_text(len),
    "String.removeSpaces": _of_text(lambda text: text.replace(" ", "")),
    "String.replace": _of_text(lambda text, old, new: text.replace(str(old), str(new))),
    "String.replaceFirst": _of_text(lambda text, old, new: text.replace(str(old), str(new), 1)),
    "String.stringContains": _truth(lambda text, part: str(part).lower() in text.lower()),
    "String.stringSwitch": lambda text, otherwise, *pairs: next(
        (value for key, value in zip(pairs[::2], pairs[1::2], strict=False) if str(key) in str(text or "")), otherwise
    ),
    "String.startsWith": _truth(lambda text, part: text.startswith(str(part))),
    "String.endsWith": _truth(lambda text, part: text.endswith(str(part))),
    "String.substring": _of_text(lambda text, start, end=None: text[start:end]),
    "String.substringAfter": _of_text(lambda text, part: text.partition(str(part))[2]),
    "String.substringBefore": _of_text(lambda text, part: text.partition(str(part))[0]),
    "String.toUpperCase": _of_text(str.upper),
    "String.toLowerCase": _of_text(str.lower),
    "substring": _of_text(lambda text, start, end=None: text[start:end]),
    "substringAfter": _of_text(lambda text, part: text.partition(str(part))[2]),
    "substringBefore": _of_text(lambda text, part: text.partition(str(part))[0]),
    "toUpperCase": _of_text(str.upper),
    "toLowerCase": _of_text(str.lower),
    "matches": matches,
    "Arrays.add": lambda values, value: [*_array(values), value],
    "Arrays.remove": lambda values, value: [one for one in _array(values) if one != value],
    "Arrays.clear": lambda _values: [],
    "Arrays.get": lambda values, place: _array(values)[place] if -1 < place < len(_array(values)) else None,
    "Arrays.flatten": _flat,
    "Arrays.contains": lambda values, value: value in _array(values),
    "Arrays.size": lambda values: len(_array(values)),
    "Arrays.isEmpty": lambda values: not _array(values),
    "Arrays.toCsvString": lambda values: ",".join(str(one) for one in _array(values)),
    "Convert.toInt": _number,
    "Convert.toNum": _number,
    "Iso3166Convert.toAlpha2": _of_text(str.upper),
}
_MOST = 100
ARITY: Mapping[str, tuple[int, int]] = {
    **dict.fromkeys(FUNCTIONS, (1, 1)),
    **dict.fromkeys(
        (
            "String.append", "String.stringContains", "String.startsWith", "String.endsWith", "String.substringAfter",
            "String.substringBefore", "substringAfter", "substringBefore", "matches", "Arrays.add", "Arrays.remove",
            "Arrays.get", "Arrays.contains",
        ),
        (2, 2),
    ),
    **dict.fromkeys(("String.replace", "String.replaceFirst"), (3, 3)),
    **dict.fromkeys(("String.substring", "substring"), (2, 3)),
    "String.join": (1, _MOST),
    "String.stringSwitch": (2, _MOST),
    "Arrays.flatten": (0, _MOST),
}  # fmt: skip
# Methods of attributes: https://developer.okta.com/docs/reference/okta-expression-language-in-identity-engine/
CASTS: Mapping[str, Function] = {
    "contains": lambda value, part: (
        part in value if isinstance(value, list) else value is not None and str(part) in str(value)
    ),
    "startsWith": FUNCTIONS["String.startsWith"],
    "endsWith": FUNCTIONS["String.endsWith"],
    "equals": lambda value, other: value == other,
    "equalsIgnoreCase": _truth(lambda text, other: text.lower() == str(other).lower()),
    "toUpperCase": _of_text(str.upper),
    "toLowerCase": _of_text(str.lower),
    "substring": FUNCTIONS["substring"],
    "substringAfter": FUNCTIONS["substringAfter"],
    "substringBefore": FUNCTIONS["substringBefore"],
    "replace": FUNCTIONS["String.replace"],
    "length": _of_text(len),
    "isEmpty": lambda value: not value,
    "size": lambda value: len(_array(value)),
    "matches": matches,
}
