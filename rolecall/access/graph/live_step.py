"""Steps of the access graph that only live state has: what was given by hand, and the things through which it was."""

from __future__ import annotations

from dataclasses import dataclass

from rolecall.access.graph.nodes import Node, Right, person
from rolecall.ids.ids import LiveSubject, ObjectId, SubjectType
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


def weakest(target: ObjectId, verb: Verb) -> Right:
    """Return the right on an object of the lowest verb that includes one."""
    enough = [one for one in BY_NAME[target.kind].verbs if one.rank >= verb.rank]
    return Right(target, min(enough or BY_NAME[target.kind].verbs, key=lambda one: one.rank).value)


def strongest(target: ObjectId) -> Right:
    """Return the right of the highest verb that a group can hold on an object."""
    return Right(target, BY_NAME[target.kind].highest.value)
