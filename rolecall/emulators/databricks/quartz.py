"""Quartz expressions, as the scheduler of Databricks' jobs reads them.

https://www.quartz-scheduler.org/documentation/quartz-2.3.0/tutorials/crontrigger.html: six fields and an optional year;
exactly one of the days of the month and of the week is `?`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_NAMES = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"
_MONTHS = {name: str(number) for number, name in enumerate(_NAMES.split(), 1)}
_DAYS = {name: str(number) for number, name in enumerate(["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"], 1)}
# Name, least and most of each field, and the names that stand for numbers.
_FIELDS: tuple[tuple[str, int, int, Mapping[str, str]], ...] = (
    ("seconds", 0, 59, {}),
    ("minutes", 0, 59, {}),
    ("hours", 0, 23, {}),
    ("day of month", 1, 31, {}),
    ("month", 1, 12, _MONTHS),
    ("day of week", 1, 7, _DAYS),
    ("year", 1970, 2099, {}),
)
_OF_MONTH = re.compile(r"L(-\d{1,2})?W?|\d{1,2}W")
_OF_WEEK = re.compile(r"L|[1-7]L|[1-7]#[1-5]")


def problems(expression: str) -> Iterator[str]:
    """Yield what is wrong with an expression."""
    fields = expression.upper().split()
    if len(fields) not in (6, 7):
        yield f"{len(fields)} fields instead of 6 or 7"
        return
    for (name, least, most, names), text in zip(_FIELDS, fields, strict=False):
        yield from _problems_of(name, text, least, most, names)
    unset = [fields[3] == "?", fields[5] == "?"]
    if all(unset):
        yield "'?' can only be specified for Day-of-Month -OR- Day-of-Week"
    elif not any(unset):
        yield "Support for specifying both a day-of-week AND a day-of-month parameter is not implemented"


def _problems_of(name: str, text: str, least: int, most: int, names: Mapping[str, str]) -> Iterator[str]:
    if text in ("*", "?"):
        if text == "?" and not name.startswith("day"):
            yield f"'?' is not allowed in {name}"
        return
    for part in text.split(","):
        plain = "".join(names.get(word, word) for word in re.split(r"([A-Z]{3})", part))
        special = {"day of month": _OF_MONTH, "day of week": _OF_WEEK}.get(name)
        if special and special.fullmatch(plain):
            continue
        span, slash, step = plain.partition("/")
        if slash and (not step.isdigit() or not 0 < int(step) <= most):
            yield f"invalid increment in {name}: {part}"
            continue
        first, dash, last = span.partition("-")
        numbers = [] if span in ("*", "") else [first, *([last] if dash else [])]
        if any(not one.isdigit() or not least <= int(one) <= most for one in numbers) or (not span and not slash):
            yield f"invalid value in {name}: {part}"
