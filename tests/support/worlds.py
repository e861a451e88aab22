"""Random worlds of access, and what is possible in them by brute force, without the access graph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from rolecall.access.effective import Access
from rolecall.access.graph.nodes import Actor, Administrators
from rolecall.access.graph.steps import Control, Inclusion, Link, Powers
from rolecall.ids.ids import GroupId, ObjectId, ServicePrincipalId, Subject
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.registry import BY_NAME

KINDS = (Kind.JOB, Kind.FOLDER, Kind.DATASET, Kind.SERVICE_PRINCIPAL, Kind.SECRET_SCOPE)


def seeded(seed: int) -> Random:
    """Return the source of the same worlds in each run."""
    return Random(seed)  # noqa: S311 - no secret is made of it


@dataclass(frozen=True)
class World:
    """What is held and which steps there are, who starts, and what must not be reached."""

    powers: Powers
    access: Access
    starts: tuple[GroupId, ...]
    goals: tuple[tuple[ObjectId, Verb], ...]


def world_of(random: Random) -> World:
    """Return a small world: a few groups, principals and objects with rights and steps between them."""
    groups = [GroupId(f"g{number}") for number in range(random.randint(1, 5))]
    principals = [ServicePrincipalId("prod", "p", f"s{number}") for number in range(random.randint(1, 4))]
    objects = [ObjectId("prod", random.choice(KINDS), "p", f"o{number}") for number in range(random.randint(1, 7))]
    subjects: list[Subject] = [*groups, *principals]
    powers = Powers()
    access: Access = {target: {} for target in objects}
    for _ in range(random.randint(0, 9)):
        target = random.choice(objects)
        access[target][random.choice(subjects)] = random.choice([*BY_NAME[target.kind].verbs])
    for _ in range(random.randint(0, 6)):
        target = random.choice(objects)
        control = Control(random.choice([*BY_NAME[target.kind].verbs]), random.choice(subjects), "controls", None)
        powers.controls[target].append(control)
    for _ in range(random.randint(0, 3)):
        first, second = random.choice(objects), random.choice(objects)
        at, verb = random.choice([*BY_NAME[first.kind].verbs]), random.choice([*BY_NAME[second.kind].verbs])
        powers.includes[first].append(Inclusion(at, second, verb, "includes"))
    for _ in range(random.randint(0, 4)):
        powers.links[random.choice(subjects)].append(Link(random.choice(subjects), "is nested in", None))
    if random.random() < 0.1:
        powers.links[random.choice(groups)].append(Link(Administrators(), "is named among the", None))
    goals = [(target, random.choice([*BY_NAME[target.kind].verbs])) for target in random.sample(objects, 1)]
    if random.random() < 0.5:
        target = random.choice(objects)
        goals.append((target, random.choice([*BY_NAME[target.kind].verbs])))
    return World(powers, access, tuple(random.sample(groups, random.randint(1, len(groups)))), tuple(goals))


def possible(world: World, start: Actor) -> tuple[set[Actor], dict[ObjectId, Verb]]:
    """Return whom an actor may be, and what it may do, by applying every step until nothing is added."""
    actors: set[Actor] = {start}
    rights: dict[ObjectId, Verb] = {}
    while True:
        size = len(actors), sum(verb.rank for verb in rights.values()), len(rights)
        for target, verb in list(_gained(world, actors, rights)):
            if target not in rights or rights[target].rank < verb.rank:
                rights[target] = verb
        for target, verb in rights.items():
            controls = world.powers.controls.get(target, [])
            actors |= {control.subject for control in controls if verb.rank >= control.at.rank}
        for actor in list(actors):
            actors |= {link.actor for link in world.powers.links.get(actor, [])}
        if size == (len(actors), sum(verb.rank for verb in rights.values()), len(rights)):
            return actors, rights


def _gained(world: World, actors: set[Actor], rights: dict[ObjectId, Verb]) -> Iterator[tuple[ObjectId, Verb]]:
    for target, holders in world.access.items():
        for actor in actors:
            if isinstance(actor, Administrators):
                yield target, max(BY_NAME[target.kind].verbs, key=lambda verb: verb.rank)
            elif actor in holders:
                yield target, holders[actor]
    for target, verb in rights.items():
        for one in world.powers.includes.get(target, []):
            if verb.rank >= one.at.rank:
                yield one.target, one.verb


def can(world: World, start: Actor, goal: tuple[ObjectId, Verb]) -> bool:
    """Return whether an actor can do something."""
    held = possible(world, start)[1].get(goal[0])
    return held is not None and held.rank >= goal[1].rank
