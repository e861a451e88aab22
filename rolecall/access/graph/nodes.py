"""Nodes of the access graph: actors, and the rights on objects."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rolecall.contract.naming import subject_name
from rolecall.ids.ids import LiveSubject, ObjectId, ServicePrincipalId, Subject, SubjectType
from rolecall.ids.verbs import Verb


class OriginType(StrEnum):
    """What sort of thing outside the platform decides what a principal does."""

    REPOSITORY = "repository"
    IMAGE = "container image"
    WORKLOAD = "workload"
    UNMANAGED = "unmanaged"


@dataclass(frozen=True, order=True)
class Origin:
    """Something outside the contract's systems that acts as a principal, or holds the code that one runs.

    Attributes:
        type: what it is; unmanaged for a live thing that the contract does not name.
        name: a repository's address, an image's address, a workload's token subject, or what an unmanaged thing is.
        issuer: who issues the workload's tokens; empty for others.
    """

    type: OriginType
    name: str
    issuer: str = ""

    def __str__(self) -> str:
        """Return it for messages."""
        if self.type is OriginType.UNMANAGED:
            return self.name
        return f"{self.type} {self.name}" + (f" of {self.issuer}" if self.issuer else "")


@dataclass(frozen=True)
class Administrators:
    """The administrators of the account and of everything in it, as `administrators:` names them."""

    def __str__(self) -> str:
        """Return it for messages."""
        return "administrators of the account"


# Actors.
Actor = Subject | Origin | Administrators
# An approval is no verb: it starts nothing by itself.
APPROVE = "approve"


@dataclass(frozen=True)
class Right:
    """A right on an object.

    Attributes:
        target: the object.
        action: a verb, or `approve`.
    """

    target: ObjectId
    action: str

    def __str__(self) -> str:
        """Return it for messages: `edit job churn/train in prod`."""
        return f"{self.action} {self.target}"


Node = Actor | Right


def actor_name(actor: Actor) -> str:
    """Return how people refer to an actor: a group's key, PROJECT/SERVICE_PRINCIPAL, a person's sign-in name."""
    if isinstance(actor, ServicePrincipalId):
        return actor.name
    return str(actor) if isinstance(actor, Origin | Administrators) else subject_name(actor)


def actor_type(actor: Actor) -> str:
    """Return what sort of actor it is, as outputs write it."""
    if isinstance(actor, Origin):
        return actor.type.replace(" ", "_")
    return "administrators" if isinstance(actor, Administrators) else str(actor.type)


def person(name: str) -> LiveSubject:
    """Return the node of a person, by the name that they sign in with."""
    return LiveSubject(SubjectType.PERSON, name.casefold())


_RANKS = {APPROVE: -1, **{str(verb): verb.rank for verb in Verb}}


def rank_of(action: str) -> int:
    """Return the rank of a verb; an approval includes no verb."""
    return _RANKS[action]
