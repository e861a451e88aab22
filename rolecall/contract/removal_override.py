"""Written permissions to take many people out of a group at once."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from rolecall.contract.model import Model
from rolecall.contract.names import GroupName


class RemovalOverride(Model):
    """Lets one group lose more than a third of its members; without it, such a run changes nothing."""

    group: GroupName
    """the group"""
    reason: Annotated[str, Field(min_length=1)]
    """why so many go"""
    owner: Annotated[str, Field(min_length=1)]
    """who answers for it"""
    expires: date
    """the last day on which it holds"""
