"""What two contracts differ in: who can do more or less, in any number of steps, today and whenever a binding ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import cast

from rolecall.access.compiler import Compilation
from rolecall.access.graph.graph import AccessGraph, build, way_to
from rolecall.access.graph.nodes import APPROVE, Actor, Right, actor_name, actor_type, rank_of
from rolecall.access.graph.powers import powers_of
from rolecall.access.graph.words import Step, steps
from rolecall.contract.contract import Contract
from rolecall.contract.environment import Environment
from rolecall.contract.former import former_standings
from rolecall.contract.group import Group
from rolecall.contract.objects import objects_of
from rolecall.contract.source import Places
from rolecall.ids.ids import GroupId, ObjectId, ServicePrincipalId
from rolecall.ids.verbs import Kind
from rolecall.kinds.registry import SECTIONS

NOTHING = -2
Reached = Mapping[tuple[Actor, ObjectId], frozenset[str]]


class Verdict(StrEnum):
    """How the access of one contract relates to another's."""

    EQUIVALENT = "equivalent"
    LESS = "less"
    MORE = "more"
    INCOMPARABLE = "incomparable"


@dataclass(frozen=True)
class _Names:
    """What the later contract calls the actors and objects of the earlier one.

    Attributes:
        known: those with another name.
        environments: the later names of environments, for everything that has no other name itself.
    """

    known: Mapping[Actor | ObjectId, Actor | ObjectId]
    environments: Mapping[str, str]

    def actor(self, one: Actor) -> Actor:
        """Return an actor by its later name."""
        if isinstance(one, ServicePrincipalId) and one not in self.known:
            return replace(one, environment=self.environments.get(one.environment, one.environment))
        return cast(Actor, self.known.get(one, one))

    def target(self, one: ObjectId) -> ObjectId:
        """Return an object by its later name."""
        if one in self.known:
            return cast(ObjectId, self.known[one])
        return replace(one, environment=self.environments.get(one.environment or "", one.environment))


@dataclass(frozen=True)
class Side:
    """A contract that is compared.

    Attributes:
        contract: the contract.
        places: where it says what.
        compiled: returns what it gives on a day.
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
        return bool(_stronger(self.after, self.before))

    @property
    def loses(self) -> bool:
        """Whether the subject can do less."""
        return bool(_stronger(self.before, self.after))


def compare_contracts(before: Side, after: Side, today: date) -> list[Change]:
    """Return every change, the protected environments' first, gains before losses.

    An object, a group or a service principal that has another name in the later contract (`renamed_from`) is the same.

    Args:
        before: the earlier contract.
        after: the later one.
        today: the first day that counts.
    """
    now = _identities(before.contract, after.contract)
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
    found = _between(_reached(before[0]), _reached(after[0]), _Ways(*before), _Ways(*after))
    return sorted(found, key=_order(contract, contract))


def _between(earlier: Reached, later: Reached, first: _Ways, second: _Ways) -> Iterator[Change]:
    for actor, target in {**dict.fromkeys(earlier), **dict.fromkeys(later)}:
        was, will_be = earlier.get((actor, target), frozenset()), later.get((actor, target), frozenset())
        gained, lost = _stronger(will_be, was), _stronger(was, will_be)
        if gained:
            yield Change(actor, target, was, will_be, second.to(actor, target, gained[0]))
        elif lost:
            yield Change(actor, target, was, will_be, first.to(actor, target, lost[0]))


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


def _stronger(these: frozenset[str], others: frozenset[str]) -> list[str]:
    """Return the actions among some that others do not include, the strongest verb first."""
    best = max((rank_of(one) for one in others if one != APPROVE), default=NOTHING)
    more = [one for one in these if (one not in others if one == APPROVE else rank_of(one) > best)]
    return sorted(more, key=rank_of, reverse=True)


def _days(before: Side, after: Side, today: date) -> list[date]:
    """Return today, and each day on which something of either contract has ended."""
    ends: set[date] = set()
    for contract in (before.contract, after.contract):
        bindings = [*contract.bindings, *(one for each in contract.projects.values() for one in each.bindings)]
        ends |= {one.expires for one in bindings if one.expires is not None and one.expires >= today}
    return [today, *sorted(day + timedelta(days=1) for day in ends)]


def _changes(before: Side, after: Side, now: _Names, day: date) -> Iterable[Change]:
    old, new = before.compiled(day), after.compiled(day)
    first, second = _graph(before, old), _graph(after, new)
    reached = {
        (now.actor(actor), now.target(target)): (actor, target, actions)
        for (actor, target), actions in _reached(first).items()
    }
    later = _reached(second)
    paths = _Ways(first, old), _Ways(second, new)
    for actor, target in {**dict.fromkeys(reached), **dict.fromkeys(later)}:
        earlier = reached.get((actor, target))
        was = earlier[2] if earlier else frozenset[str]()
        will_be = later.get((actor, target), frozenset())
        gained, lost = _stronger(will_be, was), _stronger(was, will_be)
        if gained:
            yield Change(actor, target, was, will_be, paths[1].to(actor, target, gained[0]))
        elif lost and earlier:
            yield Change(actor, target, was, will_be, paths[0].to(earlier[0], earlier[1], lost[0]))


def _graph(side: Side, compilation: Compilation) -> AccessGraph:
    return build(powers_of(side.contract, side.places), compilation.access, side.members)


def _reached(graph: AccessGraph) -> dict[tuple[Actor, ObjectId], frozenset[str]]:
    found: dict[tuple[Actor, ObjectId], frozenset[str]] = {}
    for actor, place in graph.actors.items():
        actions: dict[ObjectId, set[str]] = {}
        for one in graph.reached([place]):
            node = graph.nodes[one]
            if isinstance(node, Right):
                actions.setdefault(node.target, set()).add(node.action)
        for target, held in actions.items():
            verbs = [one for one in held if one != APPROVE]
            strongest = {max(verbs, key=rank_of)} if verbs else set()
            found[actor, target] = frozenset(strongest | (held & {APPROVE}))
    return found


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


def _identities(before: Contract, after: Contract) -> _Names:
    """Return how the later contract calls the actors and objects of the earlier one.

    A group is the same where the identity provider has it under the same id: a key that means another group now is
    another actor.
    """
    known: dict[Actor | ObjectId, Actor | ObjectId] = {}
    there = {one for environment in before.environments for one in _objects(before, environment)}
    for environment in after.environments:
        for project in after.projects:
            for kind in SECTIONS:
                for declared in objects_of(after, environment, kind, project):
                    if declared.id_in(environment) in there:
                        continue
                    for one in former_standings(after, environment, project, kind, declared.key):
                        known.setdefault(
                            ObjectId(one.environment, kind, one.project, one.key), declared.id_in(environment)
                        )
                        if kind is Kind.SERVICE_PRINCIPAL:
                            known.setdefault(
                                ServicePrincipalId(one.environment, one.project, one.key),
                                ServicePrincipalId(environment, project, declared.key),
                            )
    for key, group in before.groups.items():
        known[GroupId(key)] = GroupId(_group_now(key, group, after))
    environments = {
        old: name
        for name, environment in after.environments.items()
        if name not in before.environments
        for old in environment.renamed_from
    }
    return _Names(known, environments)


def _objects(contract: Contract, environment: str) -> Iterable[ObjectId]:
    for project in contract.projects:
        for kind in SECTIONS:
            yield from (one.id_in(environment) for one in objects_of(contract, environment, kind, project))


def _group_now(key: str, group: Group, after: Contract) -> str:
    if group.external:
        same = next((name for name, one in after.groups.items() if one.external == group.external), None)
        return same or (f"{key} ({group.external})" if key in after.groups else key)
    renamed = (name for name, one in after.groups.items() if key in one.renamed_from and not one.external)
    same = next(renamed, key)
    return f"{key} (managed)" if same in after.groups and after.groups[same].external else same


def places_changed(before: Contract, after: Contract) -> dict[str, str]:
    """Return, by environment, that access in it is to other objects or other people, or that it is protected no more.

    An environment is compared with what it was under its former names, too.
    """
    others = _elsewhere(before, after)
    found: dict[str, str] = {}
    for name, environment in after.environments.items():
        former = next((one for one in (name, *environment.renamed_from) if one in before.environments), None)
        if former is None:
            continue
        old = before.environments[former]
        changes = list(others)
        if _address(before, old) != _address(after, environment):
            changes.append(f"it is in workspace {environment.workspace} now, and was in {old.workspace}")
        if old.catalog and old.catalog != environment.catalog:
            changes.append(f"its data is in {environment.catalog or 'no catalog'} now, and was in {old.catalog}")
        if old.protected and not environment.protected:
            changes.append("it is not protected any more")
        if changes:
            found[name] = "; ".join(changes)
    return found


def environments_of(before: Contract, after: Contract) -> list[str]:
    """Return the environments of two contracts; one that was renamed has its later name."""
    renamed = {old for one in after.environments.values() for old in one.renamed_from}
    gone = (name for name in before.environments if name not in renamed)
    return list(dict.fromkeys([*after.environments, *gone]))


def _elsewhere(before: Contract, after: Contract) -> Iterator[str]:
    old, new = before.databricks, after.databricks
    if (old.host, old.account_id) != (new.host, new.account_id):
        yield f"the account is {new.account_id} at {new.host} now, and was {old.account_id} at {old.host}"
    source, later = ((one.identity.provider, one.identity.issuer) if one.identity else None for one in (before, after))
    if source != later:
        yield "its people and groups come from another identity provider"


def _address(contract: Contract, environment: Environment) -> str:
    workspace = contract.workspaces.get(environment.workspace)
    return (workspace.host if workspace is not None else None) or environment.workspace


def _order(before: Contract, after: Contract) -> Callable[[Change], tuple[object, ...]]:
    guarded = {name for contract in (before, after) for name, one in contract.environments.items() if one.protected}

    def key(one: Change) -> tuple[object, ...]:
        name = one.target.environment
        where = (name not in guarded, name or "", not one.gains, one.since or date.min)
        return (*where, one.target.parts, actor_type(one.actor), actor_name(one.actor))

    return key
