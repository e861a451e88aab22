"""Written permissions to take many people out of a group, or many grants off an object, at once."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from rolecall.contract.model import Model
from rolecall.contract.names import GroupName


class RemovalOverride(Model):
    """Lets one group lose more than a third of its members, or one object of its holders; without it, nothing goes."""

    group: GroupName | None = None
    """the group"""
    object: Annotated[str, Field(pattern=r"^[^/]+(/[^/]+)?$")] | None = None
    """the object, as `rolecall grants` calls it: PROJECT/NAME, or a catalog's name"""
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
        return self
