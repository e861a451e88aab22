"""How objects of a kind are named and tagged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from rolecall.ids.ids import ObjectId
from rolecall.ids.names import NameSyntax

# The model of one object in the contract.
Value = TypeVar("Value")
Tags = Mapping[str, str]


@dataclass(frozen=True)
class Surroundings:
    """Inputs of a name other than the object itself.

    Attributes:
        catalog: the environment's catalog; empty if it has none.
        deployer: application id of the service principal that deploys.
    """

    catalog: str
    deployer: str


def bracketed(_: object, identity: ObjectId, _around: Surroundings) -> str:
    """Return `[ENVIRONMENT] PROJECT-KEY`."""
    return f"[{identity.environment}] {identity.project}-{identity.key}"


def dashed(_: object, identity: ObjectId, _around: Surroundings) -> str:
    """Return `ENVIRONMENT-PROJECT-KEY`."""
    return f"{identity.environment}-{identity.project}-{identity.key}"


def own_tags(value: Any, _: ObjectId, project_tags: Tags) -> dict[str, str]:
    """Return an object's tags; those of its project take precedence."""
    return {**value.tags, **project_tags}


@dataclass(frozen=True)
class Naming(Generic[Value]):
    """Naming of a kind's objects in their system.

    Attributes:
        name: returns an object's name.
        syntax: allowed names, if the system identifies objects by name alone; None if it does not, or if
            the contract's own checks prevent duplicates.
    """

    name: Callable[[Value, ObjectId, Surroundings], str]
    syntax: NameSyntax | None = None
