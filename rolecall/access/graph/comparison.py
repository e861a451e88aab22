"""What two contracts differ in: who can do more or less, in any number of steps, today and whenever a binding ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import cast

from rolecall.access.compiler import Compilation
from rolecall.access.graph.graph import AccessGraph, build, way_to
from rolecall.access.graph.nodes import Actor, actor_name, actor_type
from rolecall.access.graph.powers import powers_of
from rolecall.access.graph.reach import Reach, Reached, merged, stronger
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


_SAME = _Names({}, {})
_NONE = frozenset[str]()


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
    found = _between(before, after, _SAME)
    return sorted(found, key=_order(contract, contract))


def _between(
    before: tuple[AccessGraph, Compilation], after: tuple[AccessGraph, Compilation], now: _Names
) -> Iterator[Change]:
    earlier, later = Reach(before[0]), Reach(after[0])
    paths = _Ways(*before), _Ways(*after)
    former = {now.actor(actor): actor for actor in before[0].actors}
    objects = _Objects(now)
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


def _changes(before: Side, after: Side, now: _Names, day: date) -> Iterable[Change]:
    old, new = before.compiled(day), after.compiled(day)
    return _between((_graph(before, old), old), (_graph(after, new), new), now)


def _graph(side: Side, compilation: Compilation) -> AccessGraph:
    return build(powers_of(side.contract, side.places), compilation.access, side.members)


class _Objects:
    """The objects of the earlier contract by their later ids, each translated once."""

    def __init__(self, now: _Names) -> None:
        self._now = now
        self._same = not now.environments and not any(isinstance(one, ObjectId) for one in now.known)
        self._later: dict[ObjectId, ObjectId] = {}

    def renamed(self, reached: Reached) -> Reached:
        """Return what is reached, by later ids; of two objects that have become one, the strongest actions."""
        if self._same:
            return reached
        return merged({self._renamed(target): actions} for target, actions in reached.items())

    def former(self, target: ObjectId, reached: Reached, action: str) -> ObjectId:
        """Return the earlier id of an object on which something is reached."""
        if self._same:
            return target
        return next(one for one, actions in reached.items() if self._renamed(one) == target and action in actions)

    def _renamed(self, target: ObjectId) -> ObjectId:
        later = self._later.get(target)
        if later is None:
            later = self._later[target] = self._now.target(target)
        return later


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
