"""Effective access: the highest verb that each subject holds on each object."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from rolecall.access.grant import Grant
from rolecall.ids.ids import ObjectId, Subject
from rolecall.ids.verbs import Verb

# For each object, what each subject may do at most.
Access = dict[ObjectId, dict[Subject, Verb]]


def effective(grants: Iterable[Grant]) -> Access:
    """Return the highest verb of each subject on each object, ordered by object and subject."""
    access: defaultdict[ObjectId, dict[Subject, Verb]] = defaultdict(dict)
    for grant in sorted(grants, key=lambda one: one.order):
        held = access[grant.target].get(grant.subject)
        if held is None or grant.verb.rank > held.rank:
            access[grant.target][grant.subject] = grant.verb
    return dict(access)


def may(access: Mapping[ObjectId, Mapping[Subject, Verb]], subject: Subject, verb: Verb, target: ObjectId) -> bool:
    """Return whether a subject may do something on an object: a verb includes those before it."""
    held = access.get(target, {}).get(subject)
    return held is not None and held.rank >= verb.rank
