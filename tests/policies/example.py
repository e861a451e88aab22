"""What a rule is tried with: a resource that is fine, and changes that make it not fine."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rolecall.policies.context import Context
from rolecall.policies.hosts import Hosts
from rolecall.policies.identity_facts import IdentityFacts, KnownGroup

Mutation = Callable[[dict[str, Any]], None]

CONTEXT = Context(
    is_known=True,
    break_glass="emergency",
    protected=frozenset({"prod"}),
    bound={"dev": frozenset({"engineers", "emergency"}), "prod": frozenset({"analysts", "emergency"})},
    hosts=Hosts(catalogs={"acme_dev": frozenset({"dev"}), "acme_prod": frozenset({"prod"})}),
    identity=IdentityFacts(
        {
            "emergency": KnownGroup("emergency", None, False, frozenset({"00u-ada"}), (), ()),
            "analysts": KnownGroup("analysts", "00g-analysts", False, None, (), ()),
            "readers": KnownGroup("readers", None, False, None, ("analysts",), ("analysts",)),
        },
        {f"rolecall:acme:group:{key}": key for key in ("emergency", "analysts", "readers")},
        "0oa-databricks",
        "scim",
    ),
)


@dataclass(frozen=True)
class Example:
    """What a rule is tried with.

    Attributes:
        type: type token.
        good: properties that are fine.
        bad: changes, each of which alone makes it not fine.
        unknown: properties that the rule reads, as paths; each alone, not known, makes it not fine.
        name: the resource's name.
        stack: the stack that declares it.
    """

    type: str
    good: dict[str, Any]
    bad: tuple[Mutation, ...]
    unknown: tuple[tuple[str | int, ...], ...]
    name: str = "churn-train"
    stack: str = "prod"


def put(*path: str | int, value: Any) -> Mutation:
    """Return a change that sets one value."""

    def change(properties: dict[str, Any]) -> None:
        *outer, last = path
        holder: Any = properties
        for part in outer:
            holder = holder[part]
        if isinstance(holder, list) and last == len(holder):
            holder.append(value)
        else:
            holder[last] = value

    return change


def without(*path: str | int) -> Mutation:
    """Return a change that takes one value away."""

    def change(properties: dict[str, Any]) -> None:
        *outer, last = path
        holder: Any = properties
        for part in outer:
            holder = holder[part]
        del holder[last]

    return change


def changed(good: dict[str, Any], *mutations: Mutation) -> dict[str, Any]:
    """Return a copy of good properties with changes."""
    properties = copy.deepcopy(good)
    for mutation in mutations:
        mutation(properties)
    return properties
