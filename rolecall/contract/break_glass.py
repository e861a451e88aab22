"""Who keeps access when all else fails."""

from __future__ import annotations

from rolecall.contract.model import Model
from rolecall.contract.names import GroupName


class BreakGlass(Model):
    """Who keeps access when all else fails."""

    group: GroupName
    """a group that is administrator of every workspace and stays on every object"""
