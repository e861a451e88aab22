"""Subjects and objects of a report, numbered in a stable order."""

from __future__ import annotations

from collections.abc import Iterable

from rolecall.access.graph.graph import AccessGraph
from rolecall.access.graph.nodes import Actor, actor_name, actor_type, person
from rolecall.compiled import CompiledContract
from rolecall.ids.ids import DeployerId, LiveSubject, ObjectId, SubjectType
from rolecall.parity.report import Report


class Entities:
    """Subjects and objects with their numbers.

    Attributes:
        actors: the subjects that are known by their ids, in order; a text is a live holder known by its name only.
        objects: the objects, in order.
    """

    def __init__(self, actors: Iterable[Actor | str], objects: Iterable[ObjectId]) -> None:
        """Number them."""
        self.actors: list[Actor | str] = sorted(set(actors), key=_order)
        self.objects: list[ObjectId] = sorted(set(objects))
        self._actors = {actor: number for number, actor in enumerate(self.actors)}
        self._objects = {target: number for number, target in enumerate(self.objects)}
        self._labels: dict[str, list[int]] = {}
        for actor, number in self._actors.items():
            self._labels.setdefault(label(actor), []).append(number)

    def actor(self, actor: Actor | str) -> int:
        """Return the number of a subject; -1 for one that is not listed."""
        return self._actors.get(actor if isinstance(actor, str) else same(actor), -1)

    def labelled(self, text: str) -> list[int]:
        """Return the numbers of the subjects that a finding may name: a live group may be called as a contract's."""
        return next((self._labels[one] for one in _spellings(text) if one in self._labels), [])

    def first_labelled(self, text: str) -> int:
        """Return the number of the first subject that a finding may name; -1 for none."""
        return next(iter(self.labelled(text)), -1)

    def object(self, target: ObjectId | None) -> int:
        """Return the number of an object; -1 for none."""
        return self._objects.get(target, -1) if target is not None else -1


def label(actor: Actor | str) -> str:
    """Return a subject as sentences and findings name it."""
    return str(actor)


def entities(compiled: CompiledContract, graph: AccessGraph, report: Report | None) -> Entities:
    """Return all subjects and objects of the contract, the graph and the findings."""
    actors: set[Actor | str] = set(graph.actors)
    objects: set[ObjectId] = {*graph.rights, *compiled.access}
    for held in compiled.access.values():
        actors |= held.keys()
    if report is None:
        return Entities(actors, objects)
    for seen in report.observations.values():
        for held in seen.access.values():
            actors |= {same(subject) for subject in held}
    labels = {label(actor) for actor in actors}
    for one in report.findings:
        if one.target is not None:
            objects.add(one.target)
            if one.subject and labels.isdisjoint(_spellings(one.subject)):
                actors.add(one.subject)
    return Entities(actors, objects)


def _spellings(text: str) -> tuple[str, ...]:
    """Return how a subject may be labelled: people are listed without case."""
    return (text, text.casefold(), f"{text.casefold()} (person)")


def same(actor: Actor) -> Actor:
    """Return a subject as the graph has it: people by their sign-in names without case."""
    is_person = isinstance(actor, LiveSubject) and actor.type is SubjectType.PERSON
    return person(actor.name) if isinstance(actor, LiveSubject) and is_person else actor


def name_and_type(actor: Actor | str) -> tuple[str, str]:
    """Return the name and the type of a subject; the deployer has no name in the contract."""
    if isinstance(actor, DeployerId):
        return "deployer", actor_type(actor)
    return (actor, "live") if isinstance(actor, str) else (actor_name(actor), actor_type(actor))


def _order(actor: Actor | str) -> tuple[str, str, str]:
    name, kind = name_and_type(actor)
    return (kind, name, label(actor))
