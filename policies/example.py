"""The example of a rule: a resource that complies, and changes that make it violate the rule."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Mutation = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Example:
    """The example of a rule.

    Attributes:
        type: type token.
        good: properties that comply.
        bad: changes, each of which alone violates the rule.
        unknown: paths of properties that the rule reads, joined by dots; each alone, unknown, violates the rule.
        name: the resource's name.
        stack: the stack that declares it.
    """

    type: str
    good: dict[str, Any]
    bad: tuple[Mutation, ...]
    unknown: tuple[str, ...]
    name: str = "churn-train"
    stack: str = "prod"


def setting_example(kind: str, outer: str, inner: str, good: Any, bad: Any) -> Example:
    """Return the example of a setting that has one value."""
    changes = (put(f"{outer}.{inner}", bad), without(f"{outer}.{inner}"))
    return Example(kind, {outer: {inner: good}}, changes, (outer, f"{outer}.{inner}"))


def put(path: str, value: Any) -> Mutation:
    """Return a change that sets one value.

    Args:
        path: names and indexes from the resource to the value, joined by dots; the index after the last one appends.
        value: the value.
    """

    def change(properties: dict[str, Any]) -> None:
        container, last = _place(properties, path)
        if isinstance(container, list) and last == len(container):
            container.append(value)
        else:
            container[last] = value

    return change


def without(path: str) -> Mutation:
    """Return a change that removes one value."""

    def change(properties: dict[str, Any]) -> None:
        container, last = _place(properties, path)
        del container[last]

    return change


def _place(properties: dict[str, Any], path: str) -> tuple[Any, str | int]:
    """Return the dictionary or list that has the last part of a path, and that part."""
    container: Any = properties
    *outer, last = path.split(".")
    for part in outer:
        container = container[int(part) if isinstance(container, list) else part]
    return container, int(last) if isinstance(container, list) else last


def changed(good: dict[str, Any], *mutations: Mutation) -> dict[str, Any]:
    """Return a copy of properties with changes."""
    properties = copy.deepcopy(good)
    for mutation in mutations:
        mutation(properties)
    return properties
