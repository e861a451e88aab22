"""Roles: named sets of verbs on kinds."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field, field_validator

from rolecall.ids.model import Model
from rolecall.ids.name_types import TagText
from rolecall.ids.verbs import Kind, Verb


class Right(Model):
    """One line of a role: a verb on one kind or several, on all objects of the project or on those with some tags."""

    may: Verb
    """the verb; it includes those before it"""
    kind: Kind | list[Kind]
    """what it is on"""
    tags: dict[TagText, TagText] = Field(default_factory=dict)
    """only objects that carry all of these tags; without it, all"""

    @field_validator("kind")
    @classmethod
    def _some_kind(cls, kind: Kind | list[Kind]) -> Kind | list[Kind]:
        if not kind:
            raise ValueError("name at least one kind")
        return kind

    def kinds(self) -> Iterator[Kind]:
        """Yield the kinds."""
        yield from [self.kind] if isinstance(self.kind, Kind) else self.kind


Role = list[Right]
