"""Filter and order of MLflow's searches: https://mlflow.org/docs/latest/ml/search/search-runs/

Comparisons that are joined by AND; what is not known here is refused, never taken silently.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

from rolecall.emulators.application import Json
from rolecall.emulators.databricks.errors import invalid

_KEY = r"(?:(metrics?|params?|parameters?|tags?|attributes?|attr|run)\.)?(?:`([^`]+)`|\"([^\"]+)\"|([\w./-]+))"
_COMPARISON = re.compile(rf"\s*{_KEY}\s*(=|!=|>=|<=|>|<|LIKE|ILIKE)\s*('[^']*'|\"[^\"]*\"|[-+\w.]+)\s*", re.IGNORECASE)
_ORDER = re.compile(rf"\s*{_KEY}(?:\s+(ASC|DESC))?\s*", re.IGNORECASE)
_JOINED = re.compile(r"\s+and\s+", re.IGNORECASE)
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


def matching(runs: list[Json], text: str) -> list[Json]:
    """Return the runs that a filter describes."""
    for part in _JOINED.split(text.strip()) if text.strip() else []:
        found = _COMPARISON.fullmatch(part)
        if found is None:
            raise invalid(f"Invalid clause(s) in filter string: '{part}'")
        section, *names, sign, written = found.groups()
        key = next(one for one in names if one)
        runs = [one for one in runs if _holds(_value(one, section, key), sign.upper(), written)]
    return runs


def in_order(runs: list[Json], clauses: list[str]) -> list[Json]:
    """Return runs in an order; the newest first where none is given."""
    found = sorted(runs, key=lambda one: (-int(one["start_time"]), one["run_id"]))
    for clause in reversed(clauses):
        order = _ORDER.fullmatch(clause)
        if order is None:
            raise invalid(f"Invalid order_by clause '{clause}'")
        section, *names, direction = order.groups()
        key = next(one for one in names if one)
        there = [one for one in found if _value(one, section, key) is not None]
        without = [one for one in found if _value(one, section, key) is None]
        is_descending = str(direction).upper() == "DESC"
        found = [*sorted(there, key=lambda one: _value(one, section, key), reverse=is_descending), *without]
    return found


def _value(run: Json, section: str | None, key: str) -> Any:
    first = (section or "attributes")[0].lower()
    if first == "m":
        values = run["metrics"].get(key)
        return values[-1]["value"] if values else None
    if first in "pt":
        return run["params" if first == "p" else "tags"].get(key)
    if key not in run or key in ("metrics", "params", "tags"):
        raise invalid(f"Invalid attribute key '{key}' specified.")
    return run[key]


def _holds(value: Any, sign: str, written: str) -> bool:
    if value is None:
        return False
    plain: Any = written[1:-1] if written[:1] in "'\"" else written
    if sign in ("LIKE", "ILIKE"):
        pattern = re.escape(plain).replace("%", ".*").replace("_", ".")
        return re.fullmatch(pattern, str(value), re.IGNORECASE if sign == "ILIKE" else 0) is not None
    if isinstance(value, int | float):
        try:
            plain = float(plain)
        except ValueError:
            raise invalid(f"Expected a number, got {written}") from None
    return _OPERATORS[sign](value, plain)
