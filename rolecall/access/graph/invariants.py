"""Whether invariants hold: a proof that something cannot be done in any number of steps, or a shortest way to do it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rolecall.access.graph.certificate import Certificate, fault, incoming
from rolecall.access.graph.graph import MEMBER, AccessGraph, Hop
from rolecall.access.graph.nodes import APPROVE, Actor, Origin, OriginType
from rolecall.access.membership import included
from rolecall.contract.contract import Contract
from rolecall.contract.invariant import Invariant, Power, Who
from rolecall.contract.invariant_checks import CHANGES, targets_of
from rolecall.ids.ids import DeployerId, GroupId, LiveSubject, ObjectId, ServicePrincipalId, SubjectType
from rolecall.ids.verbs import Verb


@dataclass(frozen=True)
class Verdict:
    """Whether an invariant holds.

    Attributes:
        invariant: the invariant.
        attack: shortest ways to do what it forbids, one for each of the things that one actor may not do together;
            empty where it holds.
        others: how many more actors can do it.
        certificates: the checked proof that no subject can; empty where one can.
        starts: how many actors it is about.
        targets: how many objects it is about.
    """

    invariant: Invariant
    attack: tuple[tuple[Hop, ...], ...] = ()
    others: int = 0
    certificates: tuple[Certificate, ...] = ()
    starts: int = 0
    targets: int = 0

    @property
    def holds(self) -> bool:
        """Whether no subject can do what it forbids."""
        return not self.attack


class UnprovenError(AssertionError):
    """A proof does not stand up to its check: a fault in Rolecall, never in a contract."""


def verdicts(contract: Contract, graph: AccessGraph) -> list[Verdict]:
    """Return for each invariant whether it holds in a graph; every proof is checked by itself.

    The rights of a contract only end with time: what bindings give today includes what they give on each later day. So
    `at: any_date` is decided by the same graph, and a proof for today is one for all later dates.

    Args:
        contract: the contract, for the invariants and what they are about.
        graph: what is held, and all steps.
    """
    return [_verdict(contract, graph, one) for one in contract.invariants]


def _verdict(contract: Contract, graph: AccessGraph, one: Invariant) -> Verdict:
    starts = starts_of(contract, graph, one.never.who)
    targets = targets_of(contract, one.never.what)
    powers = list(one.never.powers())
    if one.never.who.same:
        groups = [[_nodes(graph, [target], power) for power in powers] for target in targets]
        groups = [alternative for alternative in groups if all(alternative)]
    else:
        goals = {node for power in powers for node in _nodes(graph, targets, power)}
        groups = [[goals]] if goals else []
    found = decide(graph, starts, groups, one_by_one=bool(one.never.who.same))
    steps_to = incoming(graph.edges)
    for certificate in found.certificates:
        if wrong := fault(certificate, steps_to):
            raise UnprovenError(f"the proof of invariant {one.id} is wrong: {wrong}")
    attack = tuple(graph.hops(way) for way in found.ways)
    return Verdict(one, attack, max(0, found.able - 1), found.certificates, len(starts), len(targets))


@dataclass(frozen=True)
class Decision:
    """Whether one of some actors can do something.

    Attributes:
        ways: shortest ways to do it, one for each of the actions that are done together; empty where no subject can.
        able: how many actors can.
        certificates: the proof that no subject can; empty where one can.
    """

    ways: tuple[tuple[int, ...], ...]
    able: int
    certificates: tuple[Certificate, ...]


def decide(
    graph: AccessGraph, starts: set[int], alternatives: Sequence[Sequence[set[int]]], *, one_by_one: bool
) -> Decision:
    """Return a shortest way to do something, or the proof that there is none.

    Args:
        graph: what is held, and all steps.
        starts: the actors.
        alternatives: what must not be done: for each alternative the nodes of each thing that is done together.
        one_by_one: whether one actor has to do all things of an alternative.
    """
    certificates: list[Certificate] = []
    worst: list[tuple[int, ...]] | None = None
    able_to: set[int] = set()
    for goals in alternatives:
        able = [graph.reaching(nodes) for nodes in goals]
        both = starts.intersection(*able)
        able_to |= both
        if not both:
            proof = Certificate(frozenset(starts), tuple(map(frozenset, goals)), tuple(map(frozenset, able)))
            certificates.append(proof)
        for start in ([one] for one in sorted(both)) if one_by_one else [sorted(both)] if both else []:
            ways = [tuple(graph.shortest(start, nodes) or ()) for nodes in goals]
            if worst is None or sum(map(len, ways)) < sum(map(len, worst)):
                worst = ways
    if worst is not None:
        return Decision(tuple(worst), len(able_to), ())
    return Decision((), 0, tuple(certificates))


def _nodes(graph: AccessGraph, targets: Iterable[ObjectId], power: Power) -> set[int]:
    """Return the nodes that stand for doing something with one of some objects."""
    found: set[int] = set()
    for target in targets:
        held = graph.rights.get(target, {})
        if power is Power.APPROVE:
            found |= {held[APPROVE]} if APPROVE in held else set()
            continue
        lowest = CHANGES.rank if power is Power.CHANGE else Verb(power.value).rank
        found |= {place for action, place in held.items() if action != APPROVE and Verb(action).rank >= lowest}
    return found


def starts_of(contract: Contract, graph: AccessGraph, who: Who) -> set[int]:
    """Return the nodes of those about whom an invariant is."""
    if who.inside is not None:
        named = {actor for name in who.inside for actor in _named(contract, graph, name)}
        return {graph.actors[actor] for actor in named if actor in graph.actors}
    inside: set[Actor] = {actor for name in who.outside or () for actor in _named(contract, graph, name)}
    if contract.break_glass:
        inside |= set(_named(contract, graph, contract.break_glass.group, nested=False))
    found: set[int] = set()
    for actor, place in graph.actors.items():
        # The holder of an unmanaged credential, and the user of an unmanaged thing, may be anybody.
        unmanaged = isinstance(actor, Origin) and actor.type is OriginType.UNMANAGED
        counts = (
            isinstance(actor, GroupId | LiveSubject)
            or unmanaged
            or (who.principals and isinstance(actor, ServicePrincipalId | Origin))
        )
        if counts and actor not in inside and not isinstance(actor, DeployerId):
            found.add(place)
    return found


def _named(contract: Contract, graph: AccessGraph, name: str, *, nested: bool = True) -> Iterator[Actor]:
    """Yield whom a name of an invariant stands for: a group, with those nested in it and its people, or principals."""
    project, _, key = name.partition("/")
    if name not in contract.groups and key and project in contract.projects:
        for environment in contract.environments:
            for one in contract.projects[project].service_principals if key == "*" else [key]:
                yield ServicePrincipalId(environment, project, one)
        return
    if "@" in name and name not in contract.groups:
        yield LiveSubject(SubjectType.PERSON, name.casefold())
        return
    groups = [name, *(included(contract.groups, name) if nested and name in contract.groups else ())]
    for group in groups:
        yield GroupId(group)
        yield from people_in(graph, GroupId(group))


def people_in(graph: AccessGraph, group: GroupId) -> Iterator[LiveSubject]:
    """Yield the people who are known to be in a group."""
    place = graph.actors.get(group)
    if place is None:
        return
    for before in graph.graph.predecessor_indices(place):
        node = graph.nodes[before]
        if isinstance(node, LiveSubject) and graph.whys.get((before, place), ("", None))[0] == MEMBER:
            yield node
