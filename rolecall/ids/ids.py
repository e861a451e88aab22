"""Ids of objects and subjects. A name is rendered only where it leaves Rolecall; nothing takes one apart."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ObjectId:
    """One thing of a kind.

    Attributes:
        environment: its environment; None for what environments share.
        kind: name of its kind, say `job`.
        project: its project; None for what projects share.
        key: its key in the contract.
    """

    environment: str | None
    kind: str
    project: str | None
    key: str

    def __str__(self) -> str:
        """Return it for messages: `secret scope fraud/card-network in dev`."""
        name = f"{self.project}/{self.key}" if self.project else self.key
        where = f" in {self.environment}" if self.environment else ""
        return f"{self.kind.replace('_', ' ')} {name}{where}"

    @property
    def parts(self) -> tuple[str, ...]:
        """Its parts in order, for an ownership mark; what it lacks is `-`, which no key can be."""
        return (self.environment or "-", self.kind, self.project or "-", self.key)


@dataclass(frozen=True)
class GroupId:
    """A group, by its key in the contract; the identity provider's immutable id joins it to a live group."""

    key: str

    def __str__(self) -> str:
        """Return it for messages: `group 'engineers'`."""
        return f"group {self.key!r}"

    @property
    def parts(self) -> tuple[str, ...]:
        """Its parts in order, for an ownership mark."""
        return ("group", self.key)


@dataclass(frozen=True)
class ServicePrincipalId:
    """A service principal of a project; its external id, not its display name, joins it to a live one."""

    environment: str
    project: str
    key: str

    def __str__(self) -> str:
        """Return it for messages: `service principal fraud/trainer in dev`."""
        return f"service principal {self.project}/{self.key} in {self.environment}"

    @property
    def parts(self) -> tuple[str, ...]:
        """Its parts in order, for an ownership mark."""
        return (self.environment, "service_principal", self.project, self.key)


AnyId = ObjectId | GroupId | ServicePrincipalId


def ownership_mark(organization: str, owned: AnyId) -> str:
    """Return the text that an object carries in a system, so that a later run finds exactly this object again.

    Parts are joined with ':', which only a group's key may contain; that key stands last.
    """
    return ":".join(("rolecall", organization, *owned.parts))
