"""The contract's structure with the steps that only live state has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from rolecall.access.effective import Access
from rolecall.access.graph.live_step import LiveStep, plain
from rolecall.access.graph.nodes import Actor, Administrators, Node, Origin, Right, person, rank_of
from rolecall.access.graph.steps import Control, Inclusion, Link, Powers
from rolecall.ids.ids import DeployerId, GroupId, ObjectId, Subject
from rolecall.ids.verbs import Verb


def with_steps(
    powers: Powers, access: Access, steps: Iterable[LiveStep], members: Mapping[str, Iterable[str]]
) -> tuple[Powers, Access]:
    """Return the steps of a contract's structure and what is held, with live steps added to both, for escalations.

    Escalations know subjects only: a chain through unmanaged things is one step between the subjects at its ends, an
    administrator of the account acts as the deployer, and a person in a step holds what their groups hold.

    Args:
        powers: the steps of the contract's structure.
        access: what subjects hold.
        steps: what live state adds.
        members: by group, the sign-in names of its people.
    """
    links: dict[Actor, list[Link]] = defaultdict(list, {actor: [*held] for actor, held in powers.links.items()})
    controls = defaultdict(list, {target: [*held] for target, held in powers.controls.items()})
    includes = defaultdict(list, {target: [*held] for target, held in powers.includes.items()})
    holds: dict[ObjectId, dict[Subject, Verb]] = {target: dict(holders) for target, holders in access.items()}
    things: dict[Actor, list[tuple[Node, str]]] = defaultdict(list)
    deployer = next((one for one in powers.trusted if isinstance(one, DeployerId)), None)
    for step in steps:
        source, target = plain(step.source), plain(step.target)
        if isinstance(target, Administrators) and deployer is not None:
            target = deployer
        if isinstance(source, Right):
            verb = Verb(source.action)
            if isinstance(target, Right):
                includes[source.target].append(Inclusion(verb, target.target, Verb(target.action), step.why))
            elif isinstance(target, Subject):
                controls[source.target].append(Control(verb, target, step.why, None))
        elif isinstance(target, Right):
            if isinstance(source, Subject):
                _hold(holds, target, source)
            things[source].append((target, step.why))
        elif source != target:
            links[source].append(Link(target, step.why, None))
            things[source].append((target, step.why))
    for source in [one for one in things if isinstance(one, Subject)]:
        for node, why in _through(things, source):
            if isinstance(node, Right):
                _hold(holds, node, source)
            elif node != source and all(link.actor != node for link in links[source]):
                links[source].append(Link(node, why, None))
    for group, people in members.items():
        acting = {one for name in people if (one := person(name)) in things}
        for held_on, holders in access.items():
            if acting and GroupId(group) in holders:
                for one in acting:
                    _hold(holds, Right(held_on, holders[GroupId(group)].value), one)
    return replace(powers, links=links, controls=controls, includes=includes), holds


def _hold(holds: dict[ObjectId, dict[Subject, Verb]], right: Right, subject: Subject) -> None:
    held = holds.setdefault(right.target, {})
    if subject not in held or held[subject].rank < rank_of(right.action):
        held[subject] = Verb(right.action)


def _through(things: Mapping[Actor, list[tuple[Node, str]]], source: Actor) -> Iterable[tuple[Node, str]]:
    """Yield what a subject reaches through unmanaged things alone."""
    pending = [(node, f"decides what {node} does, which") for node, _ in things[source] if isinstance(node, Origin)]
    seen: set[Node] = set()
    while pending:
        origin, why = pending.pop()
        if origin in seen or not isinstance(origin, Origin):
            continue
        seen.add(origin)
        for node, how in things.get(origin, ()):
            if isinstance(node, Origin):
                pending.append((node, why))
            else:
                yield node, f"{why} {how}"
