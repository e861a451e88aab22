"""What all actors reach, found by one search for each group instead of one for each person."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rolecall.access.graph.graph import AccessGraph
from rolecall.access.graph.nodes import APPROVE, Actor, Right, person, rank_of
from rolecall.access.graph.reach import Reach, merged, stronger
from rolecall.ids.ids import GroupId, ObjectId
from rolecall.ids.verbs import Kind

OBJECTS = [ObjectId("dev", Kind.JOB, "churn", f"job-{number}") for number in range(4)]
ACTIONS = ("view", "run", "edit", APPROVE)
ACTORS: list[Actor] = [*(GroupId(f"g{number}") for number in range(5)), *(person(f"p{number}") for number in range(4))]
NODES = [*ACTORS, *(Right(target, action) for target in OBJECTS for action in ACTIONS)]


def graph_of(edges: list[tuple[int, int]]) -> AccessGraph:
    graph = AccessGraph()
    for node in NODES:
        graph.node(node)
    for first, second in edges:
        graph.edges.append((graph.node(NODES[first]), graph.node(NODES[second])))
    return graph


def searched(graph: AccessGraph, actor: Actor) -> dict[ObjectId, frozenset[str]]:
    """Return the same by one search for one actor."""
    actions: dict[ObjectId, set[str]] = {}
    for place in graph.reached([graph.actors[actor]]):
        node = graph.nodes[place]
        if isinstance(node, Right):
            actions.setdefault(node.target, set()).add(node.action)
    found = {}
    for target, each in actions.items():
        verbs = sorted((one for one in each if one != APPROVE), key=rank_of)
        found[target] = frozenset([*verbs[-1:], *({APPROVE} & each)])
    return found


@given(st.lists(st.tuples(st.integers(0, len(NODES) - 1), st.integers(0, len(NODES) - 1)), max_size=40))
def test_each_actor_reaches_what_a_search_of_its_own_finds(edges: list[tuple[int, int]]) -> None:
    graph = graph_of(edges)
    reach = Reach(graph)
    for actor in ACTORS:
        assert reach.of(actor) == searched(graph, actor), actor


def test_people_in_one_group_share_its_search() -> None:
    graph = graph_of([(5, 0), (6, 0), (7, 0), (8, 0), (0, len(ACTORS))])
    searches: list[int] = []
    original = graph.reached

    def reached(starts: list[int]) -> set[int]:
        searches.append(len(starts))
        return original(starts)

    graph.reached = reached  # type: ignore[assignment, method-assign]
    reach = Reach(graph)
    assert {tuple(reach.of(person(f"p{number}")).items()) for number in range(4)} == {
        ((OBJECTS[0], frozenset({"view"})),)
    }
    assert len(searches) == 1
    assert reach.of(GroupId("unknown")) == {}


def test_the_strongest_action_of_several_ways_counts() -> None:
    view, edit, approve = (frozenset({one}) for one in ("view", "edit", APPROVE))
    assert merged([{OBJECTS[0]: view}, {OBJECTS[0]: edit}, {OBJECTS[0]: approve}]) == {OBJECTS[0]: edit | approve}
    assert stronger(edit | approve, view) == ("edit", APPROVE)
    assert stronger(view, edit) == ()
