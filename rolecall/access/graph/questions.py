"""Questions to the access graph: who can do something, what a subject can do, and how."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from rolecall.access.graph.graph import AccessGraph, Hop, way_to
from rolecall.access.graph.nodes import (
    APPROVE,
    Actor,
    Administrators,
    Node,
    Origin,
    OriginType,
    Right,
    actor_name,
    rank_of,
)
from rolecall.access.graph.repositories import repository_name
from rolecall.contract.naming import ALL_USERS, subject_name
from rolecall.contract.problems import one_of
from rolecall.errors import UsageError
from rolecall.ids.ids import GroupId, LiveSubject, ObjectId, ServicePrincipalId
from rolecall.ids.verbs import Kind, Verb

VERBS = frozenset(verb.value for verb in Verb)


@dataclass(frozen=True)
class Answer:
    """An actor that reaches something, and how.

    Attributes:
        actor: the actor.
        end: the right or the actor that it reaches.
        paths: the ways, the shortest first.
        complete: whether these are all ways.
    """

    actor: Actor
    end: Node
    paths: tuple[tuple[Hop, ...], ...]
    complete: bool = True


def actors_named(graph: AccessGraph, text: str, environment: str | None = None) -> list[Actor]:
    """Return the actors that a text names.

    Args:
        graph: the graph.
        text: a group, PROJECT/SERVICE_PRINCIPAL, a display name or application id, a person's sign-in name, a
            repository, a container image, or a workload's token subject.
        environment: only service principals of this one.

    Raises:
        UsageError: it names none.
    """
    wanted = text.strip()
    found = [
        actor
        for actor in graph.actors
        if _is_called(actor, wanted)
        and (environment is None or not isinstance(actor, ServicePrincipalId) or actor.environment == environment)
    ]
    if not found:
        names = [actor_name(actor) for actor in graph.actors]
        raise UsageError(f"there is no subject {text!r}", one_of(wanted, names))
    return found


def _is_called(actor: Actor, text: str) -> bool:
    if isinstance(actor, Origin):
        return text in (actor.name, str(actor)) or (
            actor.type is OriginType.REPOSITORY and repository_name(text) in (actor.name, actor.name.partition("/")[2])
        )
    if isinstance(actor, Administrators):
        return text in ("administrators", str(actor))
    if isinstance(actor, LiveSubject):
        return text.casefold() == actor.name.casefold()
    return text in (actor_name(actor), subject_name(actor), str(actor))


def objects_named(graph: AccessGraph, text: str, environment: str | None = None) -> list[ObjectId]:
    """Return the objects that a text names.

    Args:
        graph: the graph.
        text: PROJECT/NAME, or the name alone for what projects share, after the kind where several kinds have it:
            `churn/train`, `job churn/train`, `job:churn/train`.
        environment: only objects of this one.

    Raises:
        UsageError: it names none.
    """
    kind, name = _kind_and_name(text)
    found = [
        target
        for target in graph.rights
        if target.name == name
        and (kind is None or target.kind is kind)
        and (environment is None or target.environment == environment)
    ]
    if not found:
        names = {target.name for target in graph.rights if kind is None or target.kind is kind}
        raise UsageError(f"there is no object {text!r}", one_of(name, names))
    return sorted(found)


def _kind_and_name(text: str) -> tuple[Kind | None, str]:
    for kind in sorted(Kind, key=len, reverse=True):
        for word in {kind.value, kind.value.replace("_", " ")}:
            for separator in (":", " "):
                if text.startswith(f"{word}{separator}"):
                    return kind, text[len(word) + 1 :].strip()
    return None, text.strip()


def rights_on(graph: AccessGraph, targets: Iterable[ObjectId], action: str) -> list[int]:
    """Return the weakest right on each object that allows an action.

    Raises:
        UsageError: no such object knows the verb.
    """
    found: list[int] = []
    known: set[str] = set()
    for target in targets:
        held = graph.rights[target]
        known |= held.keys()
        if action == APPROVE:
            found += [held[APPROVE]] if APPROVE in held else []
            continue
        enough = [one for one in held if one != APPROVE and action in VERBS and rank_of(one) >= rank_of(action)]
        if enough:
            found.append(held[min(enough, key=rank_of)])
    if not found:
        raise UsageError(f"no subject can {action} that", one_of(action, known))
    return found


def who_can(graph: AccessGraph, rights: Sequence[int], most: int) -> list[Answer]:
    """Return everybody who can do something, by object, with at most so many ways each."""
    found: list[Answer] = []
    for end in rights:
        reaching = graph.reaching([end])
        able = [(actor, place) for actor, place in graph.actors.items() if place in reaching]
        found += [_answer(graph, actor, place, end, most, reaching) for actor, place in able]
    return sorted(found, key=_order)


def what_can(graph: AccessGraph, actors: Iterable[Actor], most: int) -> list[Answer]:
    """Return the strongest right on each object, and each actor, that some actors reach."""
    found: list[Answer] = []
    for actor in actors:
        place = graph.actors[actor]
        before = graph.tree(place)
        for end in _strongest(graph, before.keys() - {place}):
            if most == 1:
                found.append(Answer(actor, graph.nodes[end], (graph.hops(way_to(before, end)),), complete=False))
            else:
                found.append(_answer(graph, actor, place, end, most, graph.reaching([end])))
    return sorted(found, key=_order)


def between(graph: AccessGraph, actors: Iterable[Actor], ends: Iterable[int], most: int) -> list[Answer]:
    """Return the ways from some actors to some ends."""
    found: list[Answer] = []
    for end in ends:
        reaching = graph.reaching([end])
        starts = [(actor, graph.actors[actor]) for actor in actors]
        found += [_answer(graph, one, place, end, most, reaching) for one, place in starts if place in reaching - {end}]
    return sorted(found, key=_order)


def ends_named(graph: AccessGraph, text: str, environment: str | None = None) -> list[int]:
    """Return the nodes that a text names: actors, or the weakest right on each object.

    Raises:
        UsageError: it names none.
    """
    try:
        return [graph.actors[actor] for actor in actors_named(graph, text, environment)]
    except UsageError:
        found = objects_named(graph, text, environment)
    return [min(graph.rights[one].values(), key=lambda place: _rank(graph, place)) for one in found]


def _rank(graph: AccessGraph, place: int) -> int:
    node = graph.nodes[place]
    # An approval is no weaker right than to view.
    return rank_of(node.action) if isinstance(node, Right) and node.action != APPROVE else len(VERBS)


def in_environment(answers: Iterable[Answer], environment: str | None) -> list[Answer]:
    """Return the answers about an environment; all where none is named."""
    return [one for one in answers if environment is None or _environment(one.end) in (None, environment)]


def _environment(end: Node) -> str | None:
    if isinstance(end, Right):
        return end.target.environment
    return end.environment if isinstance(end, ServicePrincipalId) else None


def beyond_everybody(graph: AccessGraph, answers: Iterable[Answer]) -> list[Answer]:
    """Return the answers that are not open to everybody anyway."""
    everybody = [graph.actors[group] for name in ALL_USERS if (group := GroupId(name)) in graph.actors]
    reached = {graph.nodes[place] for place in graph.reached(everybody)}
    return [one for one in answers if one.end not in reached]


def worst_first(answers: Iterable[Answer]) -> list[Answer]:
    """Return answers in order: whom the subject can act as, then the strongest rights."""

    def weight(one: Answer) -> tuple[int, int]:
        return (1, -rank_of(one.end.action)) if isinstance(one.end, Right) else (0, 0)

    return sorted(answers, key=weight)


def _strongest(graph: AccessGraph, reached: AbstractSet[int]) -> Iterator[int]:
    for target in {node.target for place in reached if isinstance(node := graph.nodes[place], Right)}:
        held = graph.rights[target]
        verbs = [action for action, place in held.items() if place in reached and action != APPROVE]
        if verbs:
            yield held[max(verbs, key=rank_of)]
        if APPROVE in held and held[APPROVE] in reached:
            yield held[APPROVE]
    yield from (place for place in reached if not isinstance(graph.nodes[place], Right))


def _answer(graph: AccessGraph, actor: Actor, place: int, end: int, most: int, reaching: set[int]) -> Answer:
    if actor in graph.trusted or isinstance(actor, Administrators):
        # Holders of everything by rule have a path through every subject: the shortest is enough.
        most = 1
    ways, complete = graph.paths(place, end, most, reaching)
    # Two paths through weaker rights on one object look the same.
    return Answer(actor, graph.nodes[end], tuple(dict.fromkeys(map(graph.hops, ways))), complete)


def _order(one: Answer) -> tuple[object, ...]:
    end = (0, one.end.target, one.end.action) if isinstance(one.end, Right) else (1, str(one.end), "")
    return (end[0], str(end[1]), end[2], len(one.paths[0]) if one.paths else 0, actor_name(one.actor), str(one.actor))
