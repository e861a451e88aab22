"""What each actor of a graph can do, for comparisons of all actors at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from rolecall.access.graph.graph import AccessGraph
from rolecall.access.graph.nodes import APPROVE, Actor, Right, rank_of
from rolecall.ids.ids import ObjectId

NOTHING = -2
Reached = Mapping[ObjectId, frozenset[str]]


@cache
def stronger(these: frozenset[str], others: frozenset[str]) -> tuple[str, ...]:
    """Return the actions among some that others do not include, the strongest verb first."""
    if these == others:
        return ()
    best = max((rank_of(one) for one in others if one != APPROVE), default=NOTHING)
    more = [one for one in these if (one not in others if one == APPROVE else rank_of(one) > best)]
    return tuple(sorted(more, key=rank_of, reverse=True))


@cache
def _strongest(actions: frozenset[str]) -> frozenset[str]:
    """Return the strongest verb; `approve` stands beside it."""
    verbs = [one for one in actions if one != APPROVE]
    return frozenset({max(verbs, key=rank_of)} if verbs else ()) | (actions & {APPROVE})


class Reach:
    """What actors of a graph reach.

    No step leads to most people: each reaches what the groups reach that they are in. So a graph is searched once for
    each group, and not for each person.
    """

    def __init__(self, graph: AccessGraph) -> None:
        self._graph = graph
        self._found: dict[int, Reached] = {}

    def of(self, actor: Actor) -> Reached:
        """Return the strongest actions of an actor by object; nothing for an actor that is not in the graph."""
        place = self._graph.actors.get(actor)
        if place is None:
            return {}
        if place in self._found or self._graph.graph.in_degree(place):
            return self._search(place)
        return merged(self._search(one) for one in dict.fromkeys(self._graph.graph.successor_indices(place)))

    def _search(self, place: int) -> Reached:
        if place not in self._found:
            actions: dict[ObjectId, set[str]] = {}
            for one in self._graph.reached([place]):
                node = self._graph.nodes[one]
                if isinstance(node, Right):
                    actions.setdefault(node.target, set()).add(node.action)
            self._found[place] = {target: _strongest(frozenset(held)) for target, held in actions.items()}
        return self._found[place]


def merged(some: Iterable[Reached]) -> Reached:
    """Return what is reached by any of some ways, with the strongest actions on each object."""
    found: dict[ObjectId, frozenset[str]] = {}
    for reached in some:
        if not found:
            found = dict(reached)
            continue
        for target, actions in reached.items():
            known = found.get(target)
            if known is None:
                found[target] = actions
            elif known is not actions:
                found[target] = _strongest(known | actions)
    return found
