"""The access graph as numbered nodes and edges, over which paths and closed sets are computed.

Each edge is a step that an actor can take on its own, so an actor that reaches a node has what it represents: an actor
reaches the rights that it holds, a right reaches weaker rights on the same object, the rights that it includes and the
actors that it controls. No step needs two rights at once: the graph finds at least what is possible, never less.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import rustworkx

from rolecall.access.effective import Access
from rolecall.access.graph.live_step import LiveStep, plain
from rolecall.access.graph.nodes import APPROVE, Actor, Administrators, Node, Right, person, rank_of
from rolecall.access.graph.steps import Powers
from rolecall.contract.naming import ALL_USERS
from rolecall.errors import Place
from rolecall.ids.ids import GroupId, LiveSubject, ObjectId, ServicePrincipalId, Subject, SubjectType
from rolecall.kinds.registry import BY_NAME


@dataclass(frozen=True)
class Hop:
    """One step of a path.

    Attributes:
        source: where it starts.
        target: where it ends.
        why: the words between them; empty where the target is a right that the source holds.
        place: where the contract states it; None for a grant, whose reasons have the place.
    """

    source: Node
    target: Node
    why: str = ""
    place: Place | None = None


BESIDE = "runs the code of"
HOLDS, INCLUDES, EVERYBODY, MEMBER = "may", "includes", "is one of the", "is a member of"


@dataclass
class AccessGraph:
    """Actors and rights as numbered nodes, with every step as an edge.

    Attributes:
        nodes: the nodes; an edge names them by their place.
        index: the place of each actor, and of each right by object and action.
        edges: every step, as pairs of places.
        whys: words and place of the steps that are no grant and no weaker right.
        trusted: the actors that hold everything by rule.
    """

    nodes: list[Node] = field(default_factory=list)
    actors: dict[Actor, int] = field(default_factory=dict)
    rights: dict[ObjectId, dict[str, int]] = field(default_factory=dict)
    edges: list[tuple[int, int]] = field(default_factory=list)
    whys: dict[tuple[int, int], tuple[str, Place | None]] = field(default_factory=dict)
    trusted: frozenset[Actor] = frozenset()

    def __post_init__(self) -> None:
        """Leave the graph of the library for later: it is built from the edges when it is first needed."""
        self._graph: rustworkx.PyDiGraph[None, None] | None = None
        self._built = (0, 0)

    @property
    def graph(self) -> rustworkx.PyDiGraph[None, None]:
        """The library's graph."""
        size = (len(self.nodes), len(self.edges))
        if self._graph is None or self._built != size:
            self._built = size
            # Steps are added once each; the library would look for a second one at every edge.
            built: rustworkx.PyDiGraph[None, None] = rustworkx.PyDiGraph(multigraph=True)
            built.add_nodes_from([None] * len(self.nodes))
            built.add_edges_from_no_data(self.edges)
            self._graph = built
        return self._graph

    def actor(self, actor: Actor) -> int:
        """Return the place of an actor, which is added where it is new."""
        found = self.actors.get(actor)
        if found is None:
            found = self.actors[actor] = len(self.nodes)
            self.nodes.append(actor)
        return found

    def node(self, node: Node) -> int:
        """Return the place of an actor or a right, which is added where it is new."""
        return self.right(node.target, node.action) if isinstance(node, Right) else self.actor(node)

    def right(self, target: ObjectId, action: str) -> int:
        """Return the place of a right; all rights on its object are added where it is new."""
        held = self.rights.get(target)
        if held is None:
            held = self.rights[target] = self.add_object(target)
        if action not in held:
            held[action] = len(self.nodes)
            self.nodes.append(Right(target, action))
            if action != APPROVE:
                # A verb that the kind does not have, seen live: it stands between those that it has.
                self._order(held, action)
        return held[action]

    def add_object(self, target: ObjectId) -> dict[str, int]:
        """Add the rights on an object, each before the weaker ones, and return their places."""
        held: dict[str, int] = {}
        before: int | None = None
        for verb in sorted(BY_NAME[target.kind].verbs, key=rank_of):
            place = held[verb.value] = len(self.nodes)
            self.nodes.append(Right(target, verb.value))
            if before is not None:
                self.edges.append((place, before))
            before = place
        return held

    def _order(self, held: Mapping[str, int], action: str) -> None:
        rank = rank_of(action)
        for other, place in held.items():
            if other not in (action, APPROVE):
                lower = rank_of(other) < rank
                self.edges.append((held[action], place) if lower else (place, held[action]))

    def link(self, source: int, target: int, why: str, place: Place | None = None) -> None:
        """Add a step."""
        if source != target and (source, target) not in self.whys:
            self.whys[source, target] = (why, place)
            self.edges.append((source, target))

    def hop(self, source: int, target: int) -> Hop:
        """Return a step between two nodes."""
        first, second = self.nodes[source], self.nodes[target]
        why, place = self.whys.get((source, target), ("", None))
        if not why:
            why = INCLUDES if isinstance(first, Right) else HOLDS
        return Hop(first, second, why, place)

    def hops(self, way: Sequence[int]) -> tuple[Hop, ...]:
        """Return the steps along nodes; weaker rights on one object are passed over, save at the end."""
        kept: list[int] = []
        for place in way:
            kept.append(place)
            while len(kept) > 2 and self._weaker(kept[-2], kept[-1]) and self._weaker(kept[-3], kept[-2]):
                del kept[-2]
        return tuple(self.hop(first, second) for first, second in pairwise(kept))

    def _weaker(self, first: int, second: int) -> bool:
        one, other = self.nodes[first], self.nodes[second]
        return isinstance(one, Right) and isinstance(other, Right) and one.target == other.target

    def reached(self, starts: Iterable[int]) -> set[int]:
        """Return every node that can be reached from some, those included."""
        found: set[int] = set()
        for start in starts:
            if start not in found:
                found.add(start)
                found |= rustworkx.descendants(self.graph, start)
        return found

    def reaching(self, ends: Iterable[int]) -> set[int]:
        """Return every node from which one of some can be reached, those included."""
        wanted = set(ends)
        if len(wanted) <= 2:
            found: set[int] = set(wanted)
            for end in wanted:
                found |= rustworkx.ancestors(self.graph, end)
            return found
        # One search from all ends together: their sets overlap nearly everywhere.
        pending, found = deque(wanted), set(wanted)
        predecessors = self.graph.predecessor_indices
        while pending:
            for before in predecessors(pending.popleft()):
                if before not in found:
                    found.add(before)
                    pending.append(before)
        return found

    def shortest(self, starts: Iterable[int], ends: Iterable[int]) -> list[int] | None:
        """Return the nodes of a shortest path from one of some nodes to one of others; None where there is none."""
        wanted = set(ends)
        before, end = self._search(starts, wanted)
        return None if end is None else way_to(before, end)

    def tree(self, start: int) -> dict[int, int | None]:
        """Return every node that can be reached, each with the node before it on a shortest path."""
        return self._search([start], set())[0]

    def _search(self, starts: Iterable[int], ends: set[int]) -> tuple[dict[int, int | None], int | None]:
        before: dict[int, int | None] = dict.fromkeys(starts)
        pending = deque(before)
        successors = self.graph.successor_indices
        while pending:
            current = pending.popleft()
            if current in ends:
                return before, current
            for after in successors(current):
                if after not in before:
                    before[after] = current
                    pending.append(after)
        return before, None

    def paths(self, start: int, end: int, most: int, reaching: set[int]) -> tuple[list[list[int]], bool]:
        """Return paths without a node twice, the shortest first, and whether they are all.

        Args:
            start: where they begin.
            end: where they end.
            most: how many.
            reaching: the nodes from which the end can be reached.
        """
        found: list[list[int]] = []
        pending: deque[list[int]] = deque([[start]] if start in reaching else [])
        tried = 0
        while pending:
            way = pending.popleft()
            tried += 1
            if len(found) == most or tried > MOST_TRIED:
                return found, False
            if way[-1] == end:
                found.append(way)
                continue
            pending.extend(
                [*way, after]
                for after in sorted(set(self.graph.successor_indices(way[-1])))
                if after in reaching and after not in way
            )
        return found, True


# Beginnings of paths that are followed for one answer.
MOST_TRIED = 20_000


def way_to(before: Mapping[int, int | None], end: int) -> list[int]:
    """Return the path to a node, from what `AccessGraph.tree` returned."""
    way = [end]
    while (previous := before[way[-1]]) is not None:
        way.append(previous)
    return way[::-1]


def build(
    powers: Powers,
    access: Access,
    members: Mapping[str, Iterable[str]] | None = None,
    objects: Iterable[ObjectId] = (),
    steps: Iterable[LiveStep] = (),
) -> AccessGraph:
    """Return the graph of what is held and of all steps.

    Args:
        powers: the steps of the contract's structure.
        access: the subjects' rights: the contract's grants, live grants, or both.
        members: by group, the people in it, where an identity provider was read.
        objects: objects that are in the graph although they have no holder.
        steps: what live state adds, by hand or through unmanaged things.
    """
    graph = AccessGraph(trusted=frozenset(powers.trusted))
    for actor in sorted(powers.trusted):
        graph.actor(actor)
    for target in objects:
        graph.right(target, next(iter(BY_NAME[target.kind].verbs)).value)
    _hold(graph, access)
    for step in steps:
        graph.link(graph.node(plain(step.source)), graph.node(plain(step.target)), step.why)
    _include(graph, powers)
    _run_beside(graph, powers, access)
    for source, links in powers.links.items():
        for link in links:
            graph.link(graph.actor(source), graph.actor(link.actor), link.why, link.place)
    for one in powers.holdings:
        graph.link(graph.actor(one.actor), graph.right(one.target, one.verb.value), one.why, one.place)
    for job, approvers in powers.approvals.items():
        for link in approvers:
            graph.link(graph.actor(link.actor), graph.right(job, APPROVE), link.why, link.place)
    for group, people in (members or {}).items():
        for name in people:
            graph.link(graph.actor(person(name)), graph.actor(GroupId(group)), MEMBER)
    _join_everybody(graph)
    return graph


def _hold(graph: AccessGraph, access: Access) -> None:
    edges = graph.edges
    for target, holders in access.items():
        held = graph.rights.get(target)
        if held is None:
            held = graph.rights[target] = graph.add_object(target)
        for subject, verb in holders.items():
            actor = _actor_of(subject)
            place = held.get(verb.value)
            edges.append((graph.actor(actor), graph.right(target, verb.value) if place is None else place))


def _actor_of(subject: Subject) -> Actor:
    is_person = isinstance(subject, LiveSubject) and subject.type is SubjectType.PERSON
    return person(subject.parts[-1]) if is_person else subject


def _run_beside(graph: AccessGraph, powers: Powers, access: Access) -> None:
    """Let holders of an object act as the others who run code on it, but for the trusted, who work elsewhere."""
    for target, at in powers.beside.items():
        for subject in access.get(target, {}):
            if subject not in powers.trusted:
                graph.link(graph.right(target, at.value), graph.actor(_actor_of(subject)), BESIDE)


def _include(graph: AccessGraph, powers: Powers) -> None:
    administrators = graph.actor(Administrators())
    for target, controls in powers.controls.items():
        for control in controls:
            graph.link(graph.right(target, control.at.value), graph.actor(control.subject), control.why, control.place)
    for target, inclusions in powers.includes.items():
        for one in inclusions:
            graph.link(graph.right(target, one.at.value), graph.right(one.target, one.verb.value), one.why)
    for held in list(graph.rights.values()):
        # Administrators of the account hold the most on everything.
        strongest = held[max(held, key=rank_of)]
        graph.link(administrators, strongest, "hold everything, so")


def _join_everybody(graph: AccessGraph) -> None:
    everybody = [graph.actors[group] for name in ALL_USERS if (group := GroupId(name)) in graph.actors]
    for actor, place in list(graph.actors.items()):
        if isinstance(actor, GroupId | LiveSubject | ServicePrincipalId):
            for of_all in everybody:
                graph.link(place, of_all, EVERYBODY)
