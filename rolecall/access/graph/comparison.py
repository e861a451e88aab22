"""What two contracts differ in: who can do more or less, in any number of steps, today and whenever a binding ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum

from rolecall.access.compiler import Compilation
from rolecall.access.graph.graph import AccessGraph, build, way_to
from rolecall.access.graph.later_names import LaterNames, LaterObjects, later_names
from rolecall.access.graph.nodes import Actor, actor_name, actor_type
from rolecall.access.graph.powers import powers_of
from rolecall.access.graph.reach import Reach, stronger
from rolecall.access.graph.words import Step, steps
from rolecall.contract.contract import Contract
from rolecall.contract.source import Places
from rolecall.ids.ids import ObjectId


class Verdict(StrEnum):
    """How the access of one contract relates to another's."""

    EQUIVALENT = "equivalent"
    LESS = "less"
    MORE = "more"
    INCOMPARABLE = "incomparable"


_SAME = LaterNames({}, {})
_NONE = frozenset[str]()


@dataclass(frozen=True)
class Side:
    """A contract that is compared.

    Attributes:
        contract: the contract.
        places: the places of its parts.
        compiled: returns its grants as of a date.
        members: by group, the people in it, where they are known.
    """

    contract: Contract
    places: Places
    compiled: Callable[[date], Compilation]
    members: Mapping[str, Iterable[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """A subject's reachable verbs on an object before and after.

    Attributes:
        actor: who.
        target: the object.
        before: the strongest actions before; `approve` stands beside a verb.
        after: the strongest actions after.
        way: a shortest way to what is gained, or to what was lost.
        since: the first day on which it is so; None for today.
        until: the last day; None where no end is known.
    """

    actor: Actor
    target: ObjectId
    before: frozenset[str]
    after: frozenset[str]
    way: tuple[Step, ...] = ()
    since: date | None = None
    until: date | None = None

    @property
    def gains(self) -> bool:
        """Whether the subject can do more."""
        return bool(stronger(self.after, self.before))

    @property
    def loses(self) -> bool:
        """Whether the subject can do less."""
        return bool(stronger(self.before, self.after))


def compare_contracts(before: Side, after: Side, today: date) -> list[Change]:
    """Return every change, the protected environments' first, gains before losses.

    An object, a group or a service principal that has another name in the later contract (`renamed_from`) is the same.

    Args:
        before: the earlier contract.
        after: the later one.
        today: the first day that counts.
    """
    now = later_names(before.contract, after.contract)
    days = _days(before, after, today)
    found = [{(one.actor, one.target): one for one in _changes(before, after, now, day)} for day in days]
    changes: list[Change] = []
    for key in dict.fromkeys(key for each in found for key in each):
        held: Change | None = None
        for day, each in zip(days, found, strict=True):
            one = each.get(key)
            if _is_same(held, one):
                continue
            if held is not None:
                changes.append(replace(held, until=day - timedelta(days=1)))
            held = one if one is None or day == today else replace(one, since=day)
        if held is not None:
            changes.append(held)
    return sorted(changes, key=_order(before.contract, after.contract))


def compare_graphs(
    before: tuple[AccessGraph, Compilation], after: tuple[AccessGraph, Compilation], contract: Contract
) -> list[Change]:
    """Return what actors can do more or less in one graph of a contract's objects than in another.

    Args:
        before: a graph, with the grants that explain it.
        after: another one.
        contract: the contract of both; what belongs to its protected environments comes first.
    """
    found = _between(before, after, _SAME)
    return sorted(found, key=_order(contract, contract))


def _between(
    before: tuple[AccessGraph, Compilation], after: tuple[AccessGraph, Compilation], now: LaterNames
) -> Iterator[Change]:
    earlier, later = Reach(before[0]), Reach(after[0])
    paths = _Ways(*before), _Ways(*after)
    former = {now.actor(actor): actor for actor in before[0].actors}
    objects = LaterObjects(now)
    for actor in {**former, **after[0].actors}:
        reached = earlier.of(former[actor]) if actor in former else {}
        was = objects.renamed(reached)
        will_be = later.of(actor)
        if was == will_be:
            continue
        for target in {**was, **will_be}:
            old, new = was.get(target, _NONE), will_be.get(target, _NONE)
            if gained := stronger(new, old):
                yield Change(actor, target, old, new, paths[1].to(actor, target, gained[0]))
            elif lost := stronger(old, new):
                way = paths[0].to(former[actor], objects.former(target, reached, lost[0]), lost[0])
                yield Change(actor, target, old, new, way)


def _is_same(one: Change | None, other: Change | None) -> bool:
    if one is None or other is None:
        return one is other
    return (one.before, one.after) == (other.before, other.after)


def verdicts(changes: Sequence[Change], environments: Iterable[str | None]) -> dict[str | None, Verdict]:
    """Return the verdict of each environment; None stands for what environments share."""
    found: dict[str | None, Verdict] = {}
    for name in dict.fromkeys([*environments, *(one.target.environment for one in changes)]):
        mine = [one for one in changes if one.target.environment == name]
        more, less = any(one.gains for one in mine), any(one.loses for one in mine)
        both = Verdict.INCOMPARABLE if less else Verdict.MORE
        found[name] = both if more else Verdict.LESS if less else Verdict.EQUIVALENT
    return found


def _days(before: Side, after: Side, today: date) -> list[date]:
    """Return today, and each day on which something of either contract has ended."""
    ends: set[date] = set()
    for contract in (before.contract, after.contract):
        bindings = [*contract.bindings, *(one for each in contract.projects.values() for one in each.bindings)]
        ends |= {one.expires for one in bindings if one.expires is not None and one.expires >= today}
    return [today, *sorted(day + timedelta(days=1) for day in ends)]


def _changes(before: Side, after: Side, now: LaterNames, day: date) -> Iterable[Change]:
    old, new = before.compiled(day), after.compiled(day)
    return _between((_graph(before, old), old), (_graph(after, new), new), now)


def _graph(side: Side, compilation: Compilation) -> AccessGraph:
    return build(powers_of(side.contract, side.places), compilation.access, side.members)


class _Ways:
    """Shortest ways in a graph, searched once for each actor."""

    def __init__(self, graph: AccessGraph, compilation: Compilation) -> None:
        self._graph, self._grants = graph, compilation.grants
        self._trees: dict[Actor, dict[int, int | None]] = {}

    def to(self, actor: Actor, target: ObjectId, action: str) -> tuple[Step, ...]:
        if actor not in self._trees:
            self._trees[actor] = self._graph.tree(self._graph.actors[actor])
        way = way_to(self._trees[actor], self._graph.rights[target][action])
        return steps(self._graph.hops(way), self._grants)


def _order(before: Contract, after: Contract) -> Callable[[Change], tuple[object, ...]]:
    guarded = {name for contract in (before, after) for name, one in contract.environments.items() if one.protected}

    def key(one: Change) -> tuple[object, ...]:
        name = one.target.environment
        where = (name not in guarded, name or "", not one.gains, one.since or date.min)
        return (*where, one.target.parts, actor_type(one.actor), actor_name(one.actor))

    return key
