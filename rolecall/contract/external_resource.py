"""What exists outside a project and reaches data: a platform file lists which projects may use it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from rolecall.ids.model import Model
from rolecall.ids.name_types import Name


class AllowedResource(Model):
    """What is outside of projects, and the files of some projects may name: it reaches data, or data leaves by it."""

    resource: Annotated[str, Field(min_length=1)]
    """the IAM role, access connector or managed identity, the metastore or address of a recipient, or the name of an
    object that is managed elsewhere"""
    projects: list[Name] = Field(min_length=1)
    """the projects that may use it"""

    def is_for(self, project: str, resource: str) -> bool:
        """Return whether a project may use a resource; Azure and Unity Catalog compare without case."""
        own = self.resource
        same = own == resource if own.startswith("arn:") else own.casefold() == resource.casefold()
        return same and project in self.projects
