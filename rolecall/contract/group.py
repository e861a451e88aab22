"""Groups of the identity provider."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from rolecall.contract.model import Model


class Group(Model):
    """A group that Rolecall makes (`managed: true`), or one that lives elsewhere (`external:` its id there)."""

    managed: Literal[True] | None = None
    """Rolecall makes the group and owns it"""
    external: str | None = None
    """the immutable id of the group in the identity provider; its members are never written"""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.managed is None) == (not self.external):
            raise ValueError("write either `managed: true` or `external: ID`, the group's id in the identity provider")
        return self
