"""Steps of the access graph that only live state has: what was given by hand, and the things through which it was."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from rolecall.access.effective import Access
from rolecall.access.graph.nodes import Actor, Administrators, Node, Origin, Right, person, rank_of
from rolecall.access.graph.powers import Control, Inclusion, Link, Powers
from rolecall.ids.ids import DeployerId, GroupId, LiveSubject, ObjectId, Subject, SubjectType
from rolecall.ids.verbs import Verb
from rolecall.kinds.registry import BY_NAME


@dataclass(frozen=True)
class LiveStep:
    """One step from a node to another: the holder of the first has the second.

    Attributes:
        source: an actor, an unmanaged thing, or a right.
        target: what it leads to.
        why: the words between them, such as `runs as`.
    """

    source: Node
    target: Node
    why: str


def plain(node: Node) -> Node:
    """Return a node as the graph has it: people by their sign-in names without case."""
    is_person = isinstance(node, LiveSubject) and node.type is SubjectType.PERSON
    return person(node.name) if is_person and isinstance(node, LiveSubject) else node


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


def weakest(target: ObjectId, verb: Verb) -> Right:
    """Return the right on an object of the lowest verb that includes one."""
    enough = [one for one in BY_NAME[target.kind].verbs if one.rank >= verb.rank]
    return Right(target, min(enough or BY_NAME[target.kind].verbs, key=lambda one: one.rank).value)


def strongest(target: ObjectId) -> Right:
    """Return the right of the highest verb that a group can hold on an object."""
    return Right(target, BY_NAME[target.kind].highest.value)
