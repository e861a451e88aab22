"""Values of a bundle in the types of the Jobs API: bundles write `30` for a text and "3" for a number."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal
from typing import Any

from rolecall.contract.bundles.nodes import Node
from rolecall.kinds.jobs_api import ROOT_TYPE, job_form

_YES = frozenset({"true", "y", "Y", "yes", "Yes", "YES", "on", "On", "ON"})
_NO = frozenset({"false", "n", "N", "no", "No", "NO", "off", "Off", "OFF"})


def is_yes(value: Any) -> bool:
    """Return whether a value counts as true."""
    return value is True or (isinstance(value, str) and value in _YES)


def text_of(value: Any) -> str:
    """Return a plain value as the text that the bundles' command makes of it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if not math.isfinite(value):
            return "NaN" if math.isnan(value) else f"{value:+.0f}".capitalize().replace("inf", "Inf")
        return f"{Decimal(repr(value)):f}".removesuffix(".0")
    return "" if value is None else str(value)


def converted(job: Node) -> Node:
    """Return a job with each value in its type; what cannot be converted stays, and the job's model refuses it.

    Source: libs/dyn/convert/normalize.go of the bundles' command.
    """
    return _model(job, ROOT_TYPE)


def _model(node: Node, name: str) -> Node:
    if not isinstance(node.value, dict):
        return node
    fields = job_form()[name]
    # A field that is there without a value counts as left out, and so does an optional one with an empty text
    # (bundle/config/mutator/drop_empty_strings.go).
    given = {
        key: one
        for key, one in node.value.items()
        if one.value is not None and not (one.value == "" and not fields.get(key, {}).get("required"))
    }
    return replace(node, value={key: _entry(one, fields[key]) if key in fields else one for key, one in given.items()})


def _entry(node: Node, entry: dict[str, Any]) -> Node:
    if "model" in entry:
        return _model(node, entry["model"])
    if "list" in entry:
        if isinstance(node.value, list):
            return replace(node, value=[_entry(one, entry["list"]) for one in node.value])
        return node
    if "map" in entry:
        if isinstance(node.value, dict):
            return replace(node, value={key: _entry(one, entry["map"]) for key, one in node.value.items()})
        return node
    return replace(node, value=_scalar(node.value, "str" if "enum" in entry else entry["type"]))


def _scalar(value: Any, kind: str) -> Any:
    if kind == "str" and isinstance(value, bool | int | float):
        return text_of(value)
    if kind == "bool" and isinstance(value, str):
        return True if value in _YES else False if value in _NO else value
    if kind == "int" and isinstance(value, float) and value.is_integer():
        return int(value)
    if kind == "int" and isinstance(value, str):
        return _number(value, int)
    if kind == "float" and isinstance(value, str):
        return _number(value, float)
    return value


def _number(text: str, kind: type[int] | type[float]) -> Any:
    try:
        return kind(text)
    except ValueError:
        return text
