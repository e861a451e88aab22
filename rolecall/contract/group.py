"""Groups of the identity provider."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from rolecall.contract.from_environment import IDENTIFIER, SIGN_IN_NAME
from rolecall.ids.model import Model
from rolecall.ids.name_types import Description, GroupName
from rolecall.ids.renamed import FormerGroupNames


class Group(Model):
    """A group that Rolecall makes (`managed: true`), or one that lives elsewhere (`external:` its id there)."""

    managed: Literal[True] | None = None
    """Rolecall makes the group in the identity provider and owns it"""
    external: Annotated[str | None, IDENTIFIER] = None
    """the immutable id of the group in the identity provider, or in the Databricks account with `administer:
    workspaces`; its members are never written"""
    description: Description = ""
    """what a managed group is for"""
    includes: list[GroupName] = Field(default_factory=list)
    """groups whose members are in a managed group too; Entra nests them, Okta gets a rule that comes to the same"""
    members: Annotated[list[str] | None, SIGN_IN_NAME] = None
    """ids of people in the identity provider; only for the break-glass group, all others are filled there"""
    renamed_from: FormerGroupNames = Field(default_factory=list)
    """keys that the group had before in this contract, the latest first"""
    adopt: bool = False
    """take over a group that is there already under the name of a managed one"""
    managers: list[GroupName] | None = None
    """groups that manage the group in the Databricks account; without it, nothing about that is changed"""
    assumers: list[GroupName] | None = None
    """groups that may act as the group in Databricks beside its members; without it, as `managers`"""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.managed is None) == (not self.external):
            raise ValueError("write either `managed: true` or `external: ID`, the group's id in the identity provider")
        if self.external and (self.includes or self.members is not None or self.adopt or self.description):
            raise ValueError(
                "an external group belongs to the identity provider: write nothing but `external: ID`, `managers` and "
                "`assumers`"
            )
        return self
