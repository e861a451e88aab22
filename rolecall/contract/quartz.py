"""Quartz' cron expressions, which schedules of jobs are written in."""

from __future__ import annotations

import re

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
# The fields in their order, each with its least and greatest number, and its names from the least on.
# https://www.quartz-scheduler.org/documentation/quartz-2.3.0/tutorials/crontrigger.html
_FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("seconds", 0, 59, ()),
    ("minutes", 0, 59, ()),
    ("hours", 0, 23, ()),
    ("day of month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of week", 1, 7, _DAYS),
    ("year", 1970, 2099, ()),
)
_DAY_OF_MONTH, _DAY_OF_WEEK = 3, 5
_NO_DAY = "?"
_RANGE = re.compile(r"(\*|[A-Z0-9]+)(?:-([A-Z0-9]+))?(?:/([0-9]+))?")
_SPECIAL = {
    "day of month": re.compile(r"L(?:-[0-9]{1,2})?W?|[0-9]{1,2}W"),
    "day of week": re.compile(r"L|(?:[1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(?:L|#[1-5])"),
}


def wrong_in(expression: str) -> str | None:
    """Return what is wrong with an expression; None where nothing is."""
    fields = expression.upper().split()
    if not 6 <= len(fields) <= 7:
        order = ", ".join(name for name, *_ in _FIELDS)
        return f"it has {len(fields)} fields; Quartz has 6 or 7: {order}"
    for text, (name, least, greatest, names) in zip(fields, _FIELDS, strict=False):
        if text == _NO_DAY and name in _SPECIAL:
            continue
        for part in text.split(","):
            if name in _SPECIAL and _SPECIAL[name].fullmatch(part):
                continue
            if not _is_range(part, least, greatest, names):
                return f"{part!r} is no {name}; {least} to {greatest} are"
    days = (fields[_DAY_OF_MONTH] == _NO_DAY, fields[_DAY_OF_WEEK] == _NO_DAY)
    if all(days):
        return "it names no day: only one of day of month and day of week may be `?`"
    if not any(days):
        return "it names a day of the month and one of the week: one of them has to be `?`"
    return None


def _is_range(part: str, least: int, greatest: int, names: tuple[str, ...]) -> bool:
    match = _RANGE.fullmatch(part)
    if match is None:
        return False
    first, last, step = match.groups()
    if first == "*":
        return last is None and (step is None or 0 < int(step) <= greatest)
    numbers = [_number(one, names, least) for one in (first, last) if one is not None]
    return all(one is not None and least <= one <= greatest for one in numbers) and step != "0"


def _number(text: str, names: tuple[str, ...], least: int) -> int | None:
    if text in names:
        return names.index(text) + least
    return int(text) if text.isdigit() else None
