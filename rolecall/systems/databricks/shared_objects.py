"""Objects that several environments share: their holders are given to each environment that needs them.

A principal that several environments need has the highest of what they give, which is right for each of them; one that
no environment needs is extra in the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rolecall.access.effective import Access
from rolecall.ids.ids import ObjectId, Subject
from rolecall.ids.verbs import Verb


def shared_with_each(
    live: Mapping[Subject, Verb], given: Access, sharing: Sequence[ObjectId], asked: Sequence[ObjectId]
) -> Iterator[tuple[ObjectId, dict[Subject, Verb]]]:
    """Yield what each environment holds of a shared object.

    Args:
        live: who holds what on it.
        given: the access that the contract grants.
        sharing: the object as each environment that shares it knows it.
        asked: those of them that are looked at.
    """
    wanted: dict[Subject, Verb] = {}
    for target in sharing:
        for subject, verb in given.get(target, {}).items():
            wanted[subject] = max(verb, wanted.get(subject, verb), key=lambda one: one.rank)
    for position, target in enumerate(asked):
        own = given.get(target, {})
        seen = {
            subject: own[subject] if live[subject] == wanted[subject] else live[subject]
            for subject in own
            if subject in live
        }
        if position == 0:
            seen.update({subject: verb for subject, verb in live.items() if subject not in wanted})
        yield target, seen
