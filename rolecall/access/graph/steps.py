"""The steps of an escalation as values, and all of a contract's."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from rolecall.access.graph.nodes import Actor
from rolecall.errors import Place
from rolecall.ids.ids import ObjectId, Subject
from rolecall.ids.verbs import Verb

# The step from a group to one that includes it.
NESTED = "is nested in"


class Control(NamedTuple):
    """A holder of a verb on an object controls a subject's actions."""

    at: Verb
    subject: Subject
    why: str
    place: Place | None


class Inclusion(NamedTuple):
    """A verb on an object includes one on another object."""

    at: Verb
    target: ObjectId
    verb: Verb
    why: str


class Holding(NamedTuple):
    """An actor has a right without being on the object's access list."""

    actor: Actor
    target: ObjectId
    verb: Verb
    why: str
    place: Place | None


class Link(NamedTuple):
    """An actor is another one, or acts as it."""

    actor: Actor
    why: str
    place: Place | None


@dataclass
class Powers:
    """All steps that follow from a contract's structure.

    Attributes:
        controls: by object, the subjects that its holders control.
        includes: by object, the rights that its holders have too.
        links: by actor, the actors that it is or acts as.
        approvals: by job, the groups that may approve a run; one approval suffices.
        holdings: rights by privileges on the object's containers.
        beside: by object, the lowest verb whose holders can act as every other subject that runs code on it.
        trusted: the break-glass group and the deployer, which have every right by design.
    """

    controls: dict[ObjectId, list[Control]] = field(default_factory=lambda: defaultdict(list))
    includes: dict[ObjectId, list[Inclusion]] = field(default_factory=lambda: defaultdict(list))
    links: dict[Actor, list[Link]] = field(default_factory=lambda: defaultdict(list))
    approvals: dict[ObjectId, list[Link]] = field(default_factory=lambda: defaultdict(list))
    holdings: list[Holding] = field(default_factory=list)
    beside: dict[ObjectId, Verb] = field(default_factory=dict)
    trusted: frozenset[Subject] = frozenset()
