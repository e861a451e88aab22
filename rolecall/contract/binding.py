"""Bindings: who holds a role, and where."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from rolecall.ids.model import Model
from rolecall.ids.name_types import Name


class Binding(Model):
    """A subject holds a role in some environments; in a project, on that project's objects."""

    role: Name
    """name of the role"""
    to: str
    """the subject: a group, or a service principal of the project"""
    in_: list[Name] = Field(alias="in", min_length=1)
    """the environments; each must be named, so that a new environment grants no access"""
    ticket: str | None = None
    """where it was agreed upon"""
    expires: date | None = None
    """the last day on which it is valid; afterwards it is not compiled, and reported"""

    def has_expired(self, today: date) -> bool:
        """Return whether its last day is over."""
        return self.expires is not None and self.expires < today


class OrganizationBinding(Binding):
    """A binding outside any project: on the objects of all projects, or of those that it names."""

    projects: list[Name] | None = None
    """the projects; without it, all"""
