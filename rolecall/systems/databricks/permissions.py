"""Grants in Databricks' words, and back, as each kind has them.

Some kinds have levels, of which a subject has one on an object; others have privileges or roles, of which it has a set.
Both are sets here, a level being a set of one. What no verb says is kept beside the verb, never rounded to one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rolecall.ids.ids import Subject, SubjectType
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.registry import KINDS

NATIVE: Mapping[Kind, Mapping[Verb, frozenset[str]]] = {kind.name: kind.words for kind in KINDS}


@dataclass(frozen=True)
class Held:
    """A subject's permissions on an object: the highest verb fully included, and further permissions."""

    verb: Verb | None
    beyond: frozenset[str]


def native(kind: Kind, held: Held) -> frozenset[str]:
    """Return the Databricks levels of a holder.

    Raises:
        KeyError: Databricks has nothing for that verb; the contract's checks refuse such a verb before.
    """
    return (NATIVE[kind][held.verb] if held.verb else frozenset()) | held.beyond


def canonical(kind: Kind, words: Iterable[str]) -> Held:
    """Convert levels, privileges or roles; `native` is the exact inverse."""
    words = frozenset(words)
    whole = [verb for verb, needed in NATIVE[kind].items() if needed <= words]
    highest = max(whole, key=lambda verb: verb.rank, default=None)
    return Held(highest, words - (NATIVE[kind][highest] if highest else frozenset()))


@dataclass(frozen=True, order=True)
class AccessControl:
    """What a group or service principal gets on an object, in Databricks' words."""

    subject: Subject
    words: tuple[str, ...]

    @property
    def is_group(self) -> bool:
        """Whether the subject is a group."""
        return self.subject.type is SubjectType.GROUP

    @property
    def level(self) -> str:
        """The level, on a kind that has levels."""
        (one,) = self.words
        return one


def access_controls(kind: Kind, subjects: Mapping[Subject, Verb]) -> list[AccessControl]:
    """Return the entries of an object's permissions, one for each subject, in a stable order.

    Args:
        kind: what the object is.
        subjects: the highest verb of each subject on it.
    """
    return [
        AccessControl(subject, tuple(sorted(native(kind, Held(verb, frozenset())))))
        for subject, verb in sorted(subjects.items())
    ]
