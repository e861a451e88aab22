"""The installed systems that a new repository may use."""

from __future__ import annotations

from rolecall.access.observation import Role
from rolecall.systems.registry import BY_NAME, SYSTEMS
from rolecall.systems.starter import Starter


def offered(role: Role) -> tuple[str, ...]:
    """Return the names of the systems of a role that have a starter."""
    return tuple(spec.name for spec in SYSTEMS if spec.role is role and spec.starter is not None)


def starter_of(name: str) -> Starter:
    """Return a system's part of a new repository."""
    starter = BY_NAME[name].starter
    assert starter is not None, name
    return starter()
