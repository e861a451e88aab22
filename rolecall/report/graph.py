"""The access graph of a report, with the column of each node in a drawing.

The columns come from rustworkx: its condensation of the graph, in topological order. As a drawing of all paths to a
right has all predecessors of its nodes, columns of the whole graph are right for each part of it.
"""

from __future__ import annotations

import rustworkx

from rolecall.access.effective import Access
from rolecall.access.grant import Reason
from rolecall.access.graph.graph import HOLDS, AccessGraph, build
from rolecall.access.graph.nodes import Actor, Node, Right
from rolecall.access.graph.powers import powers_of
from rolecall.access.graph.words import LIVE, Step, is_grant, steps
from rolecall.ids.ids import Subject
from rolecall.ids.verbs import Verb
from rolecall.parity.live_access import LiveAccess
from rolecall.report.entities import Entities
from rolecall.report.page import GraphEntry
from rolecall.report.sources import Sources, reachable

# Which side has a step: both, or one of them only.
BOTH, ONLY_LIVE, ONLY_CONTRACT = 0, 1, 2


def access_graph(sources: Sources) -> AccessGraph:
    """Return the graph of the contract's access and of all that is live beyond it."""
    compiled = sources.compiled
    powers = powers_of(compiled.contract, compiled.loaded.places)
    live = sources.live()
    if live is None:
        return build(powers, compiled.access)
    return build(powers, reachable(compiled, live), live.members, compiled.access, live.steps)


def graph_of(sources: Sources, graph: AccessGraph, known: Entities) -> GraphEntry:
    """Return the graph with the words of each step."""
    live = sources.live()
    texts: dict[str, int] = {"": 0}
    edges = []
    for source, target in sorted(set(graph.edges)):
        (step,) = steps([graph.hop(source, target)], sources.compiled.compilation.grants)
        why, because = step.hop.why, _because(step)
        side = _side(step.hop.source, step.hop.target, sources.compiled.access, live)
        numbers = (texts.setdefault(why, len(texts)), texts.setdefault(because, len(texts)))
        edges.append((source, target, *numbers, side))
    columns = columns_of(graph)
    nodes = tuple(_node(node, known, columns[number]) for number, node in enumerate(graph.nodes))
    incomplete = (*live.unknown, *live.unplaced) if live is not None else ()
    return GraphEntry(nodes, tuple(edges), tuple(texts), tuple(incomplete))


def columns_of(graph: AccessGraph) -> list[int]:
    """Return the column of each node: behind those of all nodes that lead to it.

    Nodes that lead to one another are in columns side by side.
    """
    library = graph.graph
    members = rustworkx.strongly_connected_components(library)
    of_node = {node: number for number, nodes in enumerate(members) for node in nodes}
    condensed: rustworkx.PyDiGraph[None, None] = rustworkx.PyDiGraph(multigraph=False)
    condensed.add_nodes_from([None] * len(members))
    pairs = {(of_node[source], of_node[target]) for source, target in graph.edges}
    condensed.add_edges_from_no_data(sorted(pair for pair in pairs if pair[0] != pair[1]))
    starts = [0] * len(members)
    for one in rustworkx.topological_sort(condensed):
        for after in condensed.successor_indices(one):
            starts[after] = max(starts[after], starts[one] + len(members[one]))
    columns = [0] * len(graph.nodes)
    for number, nodes in enumerate(members):
        for place, node in enumerate(sorted(nodes)):
            columns[node] = starts[number] + place
    return columns


def _node(node: Node, known: Entities, column: int) -> tuple[int, int, str, int]:
    if isinstance(node, Right):
        return (-1, known.object(node.target), node.action, column)
    actor: Actor = node
    return (known.actor(actor), -1, "", column)


def _because(step: Step) -> str:
    """Return the explanation of a step: every role and rule that grants it, with file and line."""
    if not step.reasons:
        if step.hop.place is not None:
            return str(step.hop.place)
        return LIVE if is_grant(step.hop.source, step.hop.target) and step.hop.why == HOLDS else ""
    return "; ".join(map(_reason, step.reasons))


def _reason(one: Reason) -> str:
    parts = [f"role {one.role}" if one.role else one.because, str(one.place or ""), one.ticket or ""]
    until = f"until {one.expires}" if one.expires else ""
    return ", ".join(filter(None, [*parts, until]))


def _side(source: Node, target: Node, given: Access, live: LiveAccess | None) -> int:
    """Return which side has a grant; all other steps follow from the contract, or are live with words of their own."""
    if live is None or not is_grant(source, target):
        return BOTH
    assert isinstance(target, Right)
    assert isinstance(source, Subject)
    verb = Verb(target.action)
    if given.get(target.target, {}).get(source) is verb:
        held = live.access.get(target.target, {}).get(source)
        return BOTH if held is not None and held.rank >= verb.rank else ONLY_CONTRACT
    return ONLY_LIVE
