"""Invariants that a contract breaks, as problems with the attack and the line of each of its steps."""

from __future__ import annotations

from collections.abc import Iterator

from rolecall.access.effective import Access
from rolecall.access.graph.graph import build
from rolecall.access.graph.invariants import Verdict, verdicts
from rolecall.access.graph.steps import Powers
from rolecall.access.graph.words import Grants, Step, sentence, steps
from rolecall.contract.contract import Contract
from rolecall.contract.invariant_checks import targets_of
from rolecall.contract.source import Places
from rolecall.errors import Problem


def invariant_problems(
    contract: Contract, places: Places, grants: Grants, access: Access, powers: Powers
) -> Iterator[Problem]:
    """Yield the invariants that do not hold.

    Args:
        contract: the contract.
        places: where its parts stand.
        grants: its grants, with their reasons.
        access: the highest verb of each subject on each object.
        powers: the steps of its structure.
    """
    objects = {target for one in contract.invariants for target in targets_of(contract, one.never.what)}
    graph = build(powers, access, objects=sorted(objects))
    for index, verdict in enumerate(verdicts(contract, graph)):
        if not verdict.holds:
            how = (
                "Take out one of the steps: a right, a nesting, or what the job runs. Where it is meant to be "
                "possible, name the group in `who`, or change the invariant."
            )
            place = places.of("invariants", index)
            yield Problem("invariant-broken", place, broken(verdict, grants), how)


def broken(verdict: Verdict, grants: Grants) -> str:
    """Return in words how an invariant is broken."""
    ways = [steps(hops, grants) for hops in verdict.attack]
    more = f" ({verdict.others:,} more can do it too)" if verdict.others > 0 else ""
    return f"invariant {verdict.invariant.id!r} does not hold{more}: {'; and '.join(map(sentence, ways))}{_until(ways)}"


def _until(ways: list[tuple[Step, ...]]) -> str:
    """Return until when an attack is possible, where one of its steps ends."""
    ends = [
        max(reason.expires for reason in step.reasons if reason.expires)
        for way in ways
        for step in way
        if step.reasons and all(reason.expires for reason in step.reasons)
    ]
    return f"; possible until {min(ends)}" if ends else ""
