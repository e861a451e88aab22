"""Invariants: what must never be possible, in any number of steps."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from rolecall.ids.model import Model
from rolecall.ids.name_types import Name, TagText
from rolecall.ids.verbs import Kind


class Power(StrEnum):
    """An action: a verb with all those after it, any change, or the approval of a run."""

    VIEW = "view"
    RUN = "run"
    EDIT = "edit"
    MANAGE = "manage"
    OWN = "own"
    CHANGE = "change"
    APPROVE = "approve"


class Who(Model):
    """About whom an invariant is: exactly one of `outside`, `inside` and `same`."""

    outside: list[str] | None = None
    """everybody but these groups, those nested in them, the break-glass group and the deployer"""
    inside: Annotated[list[str] | None, Field(min_length=1)] = None
    """these groups and those nested in them"""
    same: Literal[True] | None = None
    """everybody, who may do each of several things, and never all of them on one object"""
    principals: bool = False
    """service principals and workloads count themselves too, and not only through those who may act as them"""

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        if sum(one is not None for one in (self.outside, self.inside, self.same)) != 1:
            raise ValueError("write one of `outside: [GROUP]`, `inside: [GROUP]` and `same: true`")
        return self


class What(Model):
    """The objects of an invariant: all objects that match every field."""

    kind: Kind | list[Kind] | None = None
    """their kind, or one of several"""
    environment: Name | list[Name] | None = None
    """their environment, or one of several"""
    project: Name | list[Name] | None = None
    """their project, or one of several"""
    object: str | list[str] | None = None
    """PROJECT/NAME of one, or of several"""
    tags: dict[TagText, TagText] = Field(default_factory=dict)
    """tags that they carry, those of their project counted in"""
    sensitive: bool | None = None
    """whether they are declared sensitive"""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("say what it is about, for example `environment: prod`")
        return self


class Never(Model):
    """What must never be possible."""

    who: Who
    """about whom it is"""
    can: Power | list[Power]
    """what they must not be able to do: a verb, `change` (edit or more), `approve`, or one of a list"""
    what: What
    """on which objects"""

    def powers(self) -> Iterator[Power]:
        """Yield what must not be possible."""
        yield from [self.can] if isinstance(self.can, Power) else self.can


class Invariant(Model):
    """Something that must never be possible, whatever steps are taken; what allows it is refused."""

    id: Name
    """its name in messages"""
    never: Never
    """what must never be possible"""
    at: Literal["today", "any_date"] = "today"
    """`any_date`: also on every later day, when bindings have ended"""
    reason: str | None = None
    """why it has to hold"""


def listed(value: object) -> list[str]:
    """Return a value that may be written alone or as a list, as a list."""
    if value is None:
        return []
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]
