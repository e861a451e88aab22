"""Rights that end with bindings: what a subject can reach until a last day and not on the day after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from rolecall.access.compiler import Compilation, compile_contract
from rolecall.access.graph.changes import differences
from rolecall.access.graph.graph import AccessGraph, build
from rolecall.access.graph.nodes import Right
from rolecall.access.graph.powers import powers_of
from rolecall.access.graph.questions import Answer
from rolecall.contract.contract import Contract
from rolecall.contract.source import Places


@dataclass(frozen=True)
class EndingRight:
    """A right that ends.

    Attributes:
        expires: its last day.
        answer: who has it until then, and a shortest path to it.
        after: the strongest action on the object that is left; empty for none.
    """

    expires: date
    answer: Answer
    after: str


def ending_rights(contract: Contract, places: Places, days: Iterable[date]) -> list[EndingRight]:
    """Return what ends with each of some last days, in order of day and subject.

    Args:
        contract: the contract.
        places: where its parts stand.
        days: last days of bindings.
    """
    found: list[EndingRight] = []
    powers = powers_of(contract, places)
    known: dict[date, tuple[Compilation, AccessGraph]] = {}

    def at(day: date) -> AccessGraph:
        if day not in known:
            compilation = compile_contract(contract, places, day)
            known[day] = (compilation, build(powers, compilation.access))
        return known[day][1]

    for day in sorted(set(days)):
        found += _ending(day, at(day), at(day + timedelta(days=1)))
    return found


def _ending(day: date, before: AccessGraph, after: AccessGraph) -> Iterator[EndingRight]:
    for one in differences(before, after):
        for action in one.before.split(" and ") if one.before else ():
            if action in one.after.split(" and "):
                continue
            end = before.rights[one.target][action]
            way = before.shortest([before.actors[one.actor]], [end])
            if way is not None:
                answer = Answer(one.actor, Right(one.target, action), (before.hops(way),), complete=False)
                yield EndingRight(day, answer, one.after)
