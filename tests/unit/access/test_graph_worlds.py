"""The access graph in random worlds: what it proves and what it attacks is what brute force and a solver say."""

from __future__ import annotations

from itertools import pairwise

import clingo
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rolecall.access.graph.certificate import Certificate, fault, incoming
from rolecall.access.graph.escalations import Reach
from rolecall.access.graph.graph import AccessGraph, build
from rolecall.access.graph.invariants import Decision, decide
from rolecall.access.graph.nodes import Actor, Administrators
from rolecall.ids.ids import GroupId
from rolecall.kinds.registry import BY_NAME
from tests.support.worlds import World, can, possible, seeded, world_of

# Worlds in all: four tests share them.
WORLDS = 10_000
OF_SOLVER = 300


def decided(world: World, *, one_by_one: bool) -> tuple[AccessGraph, Decision]:
    graph = build(world.powers, world.access)
    starts = {graph.actor(one) for one in world.starts}
    goals = [{graph.right(target, verb.value)} for target, verb in world.goals]
    alternatives = [goals] if one_by_one else [[set().union(*goals)]]
    return graph, decide(graph, starts, alternatives, one_by_one=one_by_one)


def agrees(world: World, *, one_by_one: bool) -> bool:
    """Check one decision by brute force; return whether it is a proof."""
    graph, found = decided(world, one_by_one=one_by_one)
    able = [one for one in world.starts if _breaks(world, one, all_of=one_by_one)]
    assert bool(found.ways) == bool(able), world
    assert found.able == len(able), world
    if not able:
        steps_to = incoming(graph.edges)
        assert found.certificates
        assert all(fault(one, steps_to) is None for one in found.certificates)
        return True
    steps = set(graph.edges)
    for way in found.ways:
        assert graph.nodes[way[0]] in able
        assert all(step in steps for step in pairwise(way))
    assert len({way[0] for way in found.ways}) == 1, "one actor does it all"
    return False


def _breaks(world: World, start: Actor, *, all_of: bool) -> bool:
    each = (can(world, start, goal) for goal in world.goals)
    return all(each) if all_of else any(each)


@pytest.mark.parametrize("part", range(4))
def test_no_proof_is_wrong_and_no_attack_is_missed(part: int) -> None:
    random = seeded(part)
    proofs = sum(agrees(world_of(random), one_by_one=number % 2 == 0) for number in range(WORLDS // 4))
    assert WORLDS // 20 < proofs < WORLDS // 4, "both answers are frequent"


@given(st.integers(min_value=0), st.booleans())
@settings(max_examples=200, deadline=None)
def test_worlds_that_hypothesis_chooses(seed: int, one_by_one: bool) -> None:
    agrees(world_of(seeded(seed)), one_by_one=one_by_one)


@given(st.integers(min_value=0))
@settings(max_examples=200, deadline=None)
def test_what_can_be_reached_is_what_brute_force_reaches(seed: int) -> None:
    world = world_of(seeded(seed))
    graph = build(world.powers, world.access)
    for start in world.starts:
        reached = graph.reached([graph.actor(start)])
        actors, rights = possible(world, start)
        assert {actor for actor, place in graph.actors.items() if place in reached} == actors
        for target, held in graph.rights.items():
            strongest = [action for action, place in held.items() if place in reached]
            assert bool(strongest) == (target in rights)


@given(st.integers(min_value=0))
@settings(max_examples=200, deadline=None)
def test_escalations_act_as_whom_the_graph_reaches(seed: int) -> None:
    """The list of escalations is computed without the graph; both reach the same subjects in any number of steps."""
    world = world_of(seeded(seed))
    if any(isinstance(link.actor, Administrators) for links in world.powers.links.values() for link in links):
        return
    for source, links in list(world.powers.links.items()):
        # A principal is nested in nothing: the contract has no such step, and the list knows none.
        world.powers.links[source] = [link for link in links if {type(source), type(link.actor)} == {GroupId}]
    reach = Reach(world.powers, world.access)
    for start in world.starts:
        assert set(reach.subjects(start)) == possible(world, start)[0]


def test_a_solver_agrees() -> None:
    random = seeded(2026)
    for _ in range(OF_SOLVER):
        world = world_of(random)
        _, found = decided(world, one_by_one=False)
        assert bool(found.ways) == _solved(world), world


RULES = """
acts(A) :- start(A).
acts(B) :- acts(A), link(A, B).
holds(O, R) :- acts(A), grant(A, O, R).
holds(O, R) :- acts(administrators), object(O, R).
holds(O, R) :- holds(O, S), object(O, R), R < S.
holds(P, S) :- holds(O, R), includes(O, R, P, S).
acts(A) :- holds(O, R), controls(O, R, A).
broken :- goal(O, R), holds(O, R).
#show broken/0.
"""


def _solved(world: World) -> bool:
    """Return whether the solver finds a way; it knows nothing but the facts and these rules."""
    number: dict[object, int] = {}

    def name(one: object) -> str:
        return "administrators" if isinstance(one, Administrators) else f"n{number.setdefault(one, len(number))}"

    facts = [f"start({name(one)})." for one in world.starts]
    facts += [f"goal({name(target)}, {verb.rank})." for target, verb in world.goals]
    for target, holders in world.access.items():
        facts += [f"object({name(target)}, {verb.rank})." for verb in BY_NAME[target.kind].verbs]
        facts += [f"grant({name(subject)}, {name(target)}, {verb.rank})." for subject, verb in holders.items()]
    for target, controls in world.powers.controls.items():
        facts += [f"controls({name(target)}, {one.at.rank}, {name(one.subject)})." for one in controls]
    for target, includes in world.powers.includes.items():
        facts += [f"includes({name(target)}, {one.at.rank}, {name(one.target)}, {one.verb.rank})." for one in includes]
    for source, links in world.powers.links.items():
        facts += [f"link({name(source)}, {name(link.actor)})." for link in links]
    control = clingo.Control(["--warn=none"])
    control.add("base", [], "\n".join([*facts, RULES]))
    control.ground([("base", [])])
    with control.solve(yield_=True) as solved:
        return any(model.contains(clingo.Function("broken")) for model in solved)


EDGES = [(0, 1), (1, 2), (3, 4)]
WRONG = {
    "no goals": Certificate(frozenset({0}), (frozenset(),), (frozenset(),)),
    "nothing at all": Certificate(frozenset({0}), (), ()),
    "a goal is left out": Certificate(frozenset({3}), (frozenset({2}),), (frozenset({1, 0}),)),
    "a step leads in": Certificate(frozenset({0}), (frozenset({2}),), (frozenset({2, 1}),)),
    "somebody starts inside": Certificate(frozenset({0}), (frozenset({2}),), (frozenset({0, 1, 2}),)),
    "a set is missing": Certificate(frozenset({0}), (frozenset({2}), frozenset({4})), (frozenset({0, 1, 2}),)),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_certificate_is_refused(case: str) -> None:
    assert fault(WRONG[case], incoming(EDGES)) is not None


def test_a_right_certificate_is_taken() -> None:
    steps_to = incoming(EDGES)
    assert fault(Certificate(frozenset({3}), (frozenset({2}),), (frozenset({0, 1, 2}),)), steps_to) is None
    both = (frozenset({2}), frozenset({4})), (frozenset({0, 1, 2}), frozenset({3, 4}))
    assert fault(Certificate(frozenset({0, 3}), *both), steps_to) is None, "each can do one, and nobody both"
