"""The difference between the access that a contract grants and the access that is live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from rolecall.access.effective import Access
from rolecall.ids.ids import ObjectId, Subject
from rolecall.ids.verbs import Verb


class Change(StrEnum):
    """How live access differs from the contract's."""

    MISSING = "missing"
    EXTRA = "extra"
    DIFFERENT = "different"


@dataclass(frozen=True, order=True)
class Difference:
    """One subject's access to one object differs: the contract's grant, and live access."""

    target: ObjectId
    subject: Subject
    change: Change
    given: Verb | None
    live: Verb | None


def differences(given: Access, live: Access) -> list[Difference]:
    """Return every difference, in order; objects that only `live` has are not the contract's and are left out."""
    found: list[Difference] = []
    for target, subjects in given.items():
        found += _of_one(target, subjects, live.get(target, {}))
    return sorted(found)


def _of_one(target: ObjectId, given: Mapping[Subject, Verb], live: Mapping[Subject, Verb]) -> list[Difference]:
    found: list[Difference] = []
    for subject in given.keys() | live.keys():
        wanted, held = given.get(subject), live.get(subject)
        if wanted == held:
            continue
        change = Change.MISSING if held is None else Change.EXTRA if wanted is None else Change.DIFFERENT
        found.append(Difference(target, subject, change, wanted, held))
    return found
