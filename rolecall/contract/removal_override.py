"""Written permissions to take many people out of a group, or many grants off an object, at once."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from rolecall.ids.model import Model
from rolecall.ids.name_types import GroupName, Name
from rolecall.ids.verbs import Kind


class RemovalOverride(Model):
    """Lets one group lose more than a third of its members, or one object of its holders; without it, nothing goes."""

    group: GroupName | None = None
    """the group"""
    object: Annotated[str, Field(pattern=r"^[^/]+(/[^/]+)?$")] | None = None
    """the object, as `rolecall grants` calls it: PROJECT/NAME, or the name of a catalog or workspace"""
    kind: Kind | None = None
    """the object's kind; needed where objects of several kinds have the name"""
    environment: Name | None = None
    """the object's environment; without it, every environment that is not protected"""
    reason: Annotated[str, Field(min_length=1)]
    """why so many go"""
    owner: Annotated[str, Field(min_length=1)]
    """who answers for it"""
    expires: date
    """the last day on which it holds"""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.group is None) == (self.object is None):
            raise ValueError("write either `group: NAME` or `object: PROJECT/NAME`, and not both")
        if self.object is None and (self.kind is not None or self.environment is not None):
            raise ValueError("`kind` and `environment` belong to `object: PROJECT/NAME`")
        return self
