"""Azure Key Vaults: Databricks reads any that trusts it, so a platform file lists each project's."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from rolecall.ids.model import Model
from rolecall.ids.name_types import Name


class AllowedKeyVault(Model):
    """A key vault whose secrets some projects may read through a secret scope."""

    resource_id: Annotated[str, Field(min_length=1)]
    """the vault's resource id"""
    projects: list[Name] = Field(min_length=1)
    """the projects that may take a secret scope from it"""

    def is_for(self, project: str, resource_id: str) -> bool:
        """Return whether a project may read a vault; Azure compares ids without case."""
        return project in self.projects and self.resource_id.casefold() == resource_id.casefold()
