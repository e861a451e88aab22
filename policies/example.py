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
        unknown: paths of properties that the rule reads; each alone, unknown, violates the rule.
        name: the resource's name.
        stack: the stack that declares it.
    """

    type: str
    good: dict[str, Any]
    bad: tuple[Mutation, ...]
    unknown: tuple[tuple[str | int, ...], ...]
    name: str = "churn-train"
    stack: str = "prod"


def setting_example(kind: str, outer: str, inner: str, good: Any, bad: Any) -> Example:
    """Return the example of a setting that has one value."""
    changes = (put(outer, inner, value=bad), without(outer, inner))
    return Example(kind, {outer: {inner: good}}, changes, ((outer,), (outer, inner)))


def put(*path: str | int, value: Any) -> Mutation:
    """Return a change that sets one value."""

    def change(properties: dict[str, Any]) -> None:
        *outer, last = path
        container: Any = properties
        for part in outer:
            container = container[part]
        if isinstance(container, list) and last == len(container):
            container.append(value)
        else:
            container[last] = value

    return change


def without(*path: str | int) -> Mutation:
    """Return a change that removes one value."""

    def change(properties: dict[str, Any]) -> None:
        *outer, last = path
        container: Any = properties
        for part in outer:
            container = container[part]
        del container[last]

    return change


def changed(good: dict[str, Any], *mutations: Mutation) -> dict[str, Any]:
    """Return a copy of properties with changes."""
    properties = copy.deepcopy(good)
    for mutation in mutations:
        mutation(properties)
    return properties
