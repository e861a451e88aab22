"""Ids of objects and subjects. A name is rendered only where it leaves Rolecall; nothing takes one apart."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import total_ordering
from typing import ClassVar, Protocol

from rolecall.ids.verbs import Kind


class SubjectType(StrEnum):
    """What sort of subject holds access. A contract grants nothing to a person; live access may."""

    GROUP = "group"
    SERVICE_PRINCIPAL = "service_principal"
    PERSON = "person"
    RECIPIENT = "recipient"


@total_ordering
@dataclass(frozen=True)
class ObjectId:
    """One thing of a kind.

    Attributes:
        environment: its environment; None for what environments share.
        kind: its kind.
        project: its project; None for what projects share.
        key: its key in the contract.
    """

    environment: str | None
    kind: Kind
    project: str | None
    key: str

    def __str__(self) -> str:
        """Return it for messages: `secret scope fraud/card-network in dev`."""
        where = f" in {self.environment}" if self.environment else ""
        return f"{self.kind.replace('_', ' ')} {self.name}{where}"

    def __lt__(self, other: ObjectId) -> bool:
        """Order by environment, kind, project and key."""
        return self.parts < other.parts

    @property
    def name(self) -> str:
        """How a contract refers to it: PROJECT/KEY, or the key alone for what projects share."""
        return f"{self.project}/{self.key}" if self.project else self.key

    @property
    def parts(self) -> tuple[str, ...]:
        """Its parts in order, for an ownership mark; what it lacks is `-`, which no key can be."""
        return (self.environment or "-", self.kind, self.project or "-", self.key)

    @property
    def own_environment(self) -> str:
        """Its environment.

        Raises:
            ValueError: environments share it.
        """
        if self.environment is None:
            raise ValueError(f"{self} is shared by environments")
        return self.environment

    @property
    def own_project(self) -> str:
        """Its project.

        Raises:
            ValueError: projects share it.
        """
        if self.project is None:
            raise ValueError(f"{self} is shared by projects")
        return self.project

    def sibling(self, key: str, kind: Kind | None = None) -> ObjectId:
        """Return another object of the same project and environment, of the same kind where no other is given."""
        return ObjectId(self.environment, kind or self.kind, self.project, key)


class _Sortable(Protocol):
    @property
    def type(self) -> SubjectType: ...

    @property
    def parts(self) -> tuple[str, ...]: ...


class _OrderedSubject:
    """Subjects of all sorts in one order: by type, then by their parts."""

    def __lt__(self: _Sortable, other: _Sortable) -> bool:
        return (self.type, self.parts) < (other.type, other.parts)


@dataclass(frozen=True)
class GroupId(_OrderedSubject):
    """A group, by its key in the contract; the identity provider's immutable id joins it to a live group."""

    type: ClassVar[SubjectType] = SubjectType.GROUP

    key: str

    def __str__(self) -> str:
        """Return its key."""
        return self.key

    @property
    def parts(self) -> tuple[str, ...]:
        """Its parts in order, for an ownership mark."""
        return ("group", self.key)


@dataclass(frozen=True)
class ServicePrincipalId(_OrderedSubject):
    """A service principal of a project; its external id, not its display name, joins it to a live one."""

    type: ClassVar[SubjectType] = SubjectType.SERVICE_PRINCIPAL

    environment: str
    project: str
    key: str

    def __str__(self) -> str:
        """Return it for messages: `service principal fraud/trainer in dev`."""
        return f"service principal {self.name} in {self.environment}"

    @property
    def name(self) -> str:
        """How a contract refers to it: PROJECT/KEY."""
        return f"{self.project}/{self.key}"

    @property
    def parts(self) -> tuple[str, ...]:
        """Its parts in order, for an ownership mark."""
        return (self.environment, "service_principal", self.project, self.key)


@dataclass(frozen=True)
class DeployerId(_OrderedSubject):
    """The service principal that deploys, which no project declares."""

    type: ClassVar[SubjectType] = SubjectType.SERVICE_PRINCIPAL

    application_id: str

    def __str__(self) -> str:
        """Return it for messages."""
        return f"{self.application_id} (service principal)"

    @property
    def parts(self) -> tuple[str, ...]:
        """Its parts in order, before those of every project's principal."""
        return ("", self.application_id)


@dataclass(frozen=True)
class LiveSubject(_OrderedSubject):
    """A holder of live access that is none of the contract's, or a recipient of shares.

    Attributes:
        type: what sort of subject it is.
        name: what its system calls it: a group's, person's or recipient's name, a service principal's application id.
    """

    type: SubjectType
    name: str

    def __str__(self) -> str:
        """Return its name, with the type where it is not a group."""
        return self.name if self.type is SubjectType.GROUP else f"{self.name} ({self.type.replace('_', ' ')})"

    @property
    def parts(self) -> tuple[str, ...]:
        """Its parts in order, behind those of the contract's subjects of its type."""
        return ("~live", self.name)


Subject = GroupId | ServicePrincipalId | DeployerId | LiveSubject


@dataclass(frozen=True)
class StackId:
    """A stack: of a project in an environment, of what an environment's projects share, or of the account.

    Attributes:
        environment: its environment; None for the account's.
        project: its project; None where projects share it.
    """

    environment: str | None
    project: str | None = None

    def __str__(self) -> str:
        """Return it for messages."""
        if self.environment is None:
            return "the account"
        return f"project {self.project} in {self.environment}" if self.project else f"environment {self.environment}"


AnyId = ObjectId | GroupId | ServicePrincipalId
NamedId = AnyId | StackId


def ownership_mark(organization: str, owned: AnyId) -> str:
    """Return the text that an object carries in a system, so that a later run finds exactly this object again.

    Parts are joined with ':', which only a group's key may contain; that key stands last.
    """
    return ":".join(("rolecall", organization, *owned.parts))
