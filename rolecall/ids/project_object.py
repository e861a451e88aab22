"""What all objects of a project have in common: where they are, their tags, and what differs where."""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field

from rolecall.ids.model import Model
from rolecall.ids.name_types import Description, Name, TagText
from rolecall.ids.renamed import FormerPlaces


class ProjectObject(Model):
    """An object of a project; each environment gets its own."""

    description: Description = ""
    """what it is for"""
    in_: list[Name] | None = Field(default=None, alias="in", min_length=1)
    """the environments that have it; without it, all"""
    renamed_from: FormerPlaces = Field(default_factory=list)
    """where it stood before in this contract, the latest first: KEY, or PROJECT/KEY"""
    tags: dict[TagText, TagText] = Field(default_factory=dict)
    """tags; roles choose objects by them"""

    def is_in(self, environment: str) -> bool:
        """Return whether an environment has it."""
        return self.in_ is None or environment in self.in_


class Adjustable(ProjectObject):
    """An object whose settings may differ between environments."""

    overrides: dict[Name, dict[str, Any]] = Field(default_factory=dict)
    """what differs in an environment: the same keys with other values"""

    def for_environment(self, environment: str) -> Self:
        """Return it as an environment has it.

        Raises:
            ValidationError: what differs there is not valid; the contract's checks find that when it is loaded.
        """
        changes = self.overrides.get(environment)
        if not changes:
            return self
        own = self.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude={"overrides"})
        return type(self).model_validate({**own, **changes})
