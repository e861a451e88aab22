"""Grants: the one canonical form of access that every system is translated to and from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from rolecall.errors import Place
from rolecall.ids.ids import ObjectId, Subject
from rolecall.ids.verbs import Verb


@dataclass(frozen=True)
class Grant:
    """A subject may do something on an object in an environment."""

    target: ObjectId
    subject: Subject
    verb: Verb

    def __str__(self) -> str:
        """Return it for messages: `engineers: run on job fraud/score in dev`."""
        return f"{self.subject}: {self.verb} on {self.target}"

    def __lt__(self, other: Grant) -> bool:
        """Order by object, subject and verb."""
        return self.order < other.order

    @cached_property
    def order(self) -> tuple[str | tuple[str, ...], ...]:
        """The sort key; computed once."""
        return (self.target.parts, self.subject.type, self.subject.parts, self.verb)


@dataclass(frozen=True, order=True)
class Reason:
    """Why a grant is given: the role and binding that give it, or the rule by which Rolecall does.

    Attributes:
        role: name of the role; empty for a grant by a rule.
        because: the rule, or who is bound where, in a few words.
        place: file and line in the contract.
        ticket: the binding's approval ticket, if any.
        expires: the last day on which it is valid; None without one.
    """

    role: str
    because: str
    place: Place | None
    ticket: str | None = None
    expires: date | None = None
