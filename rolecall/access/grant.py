"""Grants: the one canonical form of access that every system is translated to and from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from rolecall.contract.verbs import Kind, Verb
from rolecall.errors import Place


class SubjectType(StrEnum):
    """What sort of subject holds access. A person is one only in what is observed, never in a contract."""

    GROUP = "group"
    SERVICE_PRINCIPAL = "service_principal"
    PERSON = "person"


@dataclass(frozen=True, order=True)
class Subject:
    """Who holds access: a group by its name, or a service principal by its display name in the account."""

    type: SubjectType
    name: str

    def __str__(self) -> str:
        """Return the name, with the type where it is not a group."""
        return self.name if self.type is SubjectType.GROUP else f"{self.name} ({self.type.replace('_', ' ')})"


@dataclass(frozen=True, order=True)
class Target:
    """What access is to: an object of a kind, by its name in the contract, in an environment."""

    environment: str
    kind: Kind
    name: str

    def __str__(self) -> str:
        """Return it as people say it."""
        return f"{self.kind.replace('_', ' ')} {self.name} in {self.environment}"


@dataclass(frozen=True, order=True)
class Grant:
    """A subject may do something on an object in an environment."""

    target: Target
    subject: Subject
    verb: Verb

    def __str__(self) -> str:
        """Return it as people say it."""
        return f"{self.subject}: {self.verb} on {self.target}"


@dataclass(frozen=True, order=True)
class Reason:
    """Why a grant is given: the role and binding that give it, or the rule by which Rolecall does.

    Attributes:
        role: name of the role; empty where a rule gives the grant.
        because: the rule, or who is bound where, in a few words.
        place: file and line in the contract.
        ticket: where it was agreed upon, if the binding says so.
        expires: the last day on which it gives anything; None where it has none.
    """

    role: str
    because: str
    place: Place | None
    ticket: str | None = None
    expires: date | None = None
