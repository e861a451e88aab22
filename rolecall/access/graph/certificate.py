"""Check of a proof that something is not possible. It shares no code with what found the proof.

A certificate names, for each thing that must not be done, the nodes from which it could be done. The check wants three
facts. The nodes that stand for doing it are among them. No step leads to one of them from a node that is not: the rest
is closed under all steps. And no starting subject is among the nodes of all targets at once, so it can never do one of
them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Certificate:
    """A proof.

    Attributes:
        starts: the nodes of those who must not be able to do it.
        goals: for each thing, the nodes that stand for doing it; who does all of the things breaks the invariant.
        able: for each thing, the nodes from which it can be done.
    """

    starts: frozenset[int]
    goals: tuple[frozenset[int], ...]
    able: tuple[frozenset[int], ...]


def incoming(edges: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    """Return the nodes from which a step leads to each node."""
    found: dict[int, list[int]] = {}
    for source, target in edges:
        found.setdefault(target, []).append(source)
    return found


def fault(certificate: Certificate, steps_to: dict[int, list[int]]) -> str | None:
    """Return the first error of a certificate, or None if it is valid.

    Args:
        certificate: the proof.
        steps_to: the nodes from which a step leads to each node, as `incoming` returns them.
    """
    if not certificate.goals or len(certificate.goals) != len(certificate.able):
        return "it names no nodes for something that must not be done"
    for goals, able in zip(certificate.goals, certificate.able, strict=True):
        if wrong := _open(goals, able, steps_to):
            return wrong
    both = _in_all(certificate.starts, certificate.able)
    return f"node {min(both)} starts, and can do all of it" if both else None


def _open(goals: Collection[int], able: Collection[int], steps_to: dict[int, list[int]]) -> str | None:
    if not goals:
        return "it names no node that stands for doing it"
    for goal in goals:
        if goal not in able:
            return f"node {goal} stands for doing it, and is not among those that can"
    for node in able:
        for source in steps_to.get(node, ()):
            if source not in able:
                return f"a step leads from node {source} to node {node}, which can do it"
    return None


def _in_all(starts: Iterable[int], able: Sequence[Collection[int]]) -> set[int]:
    return {node for node in starts if all(node in nodes for nodes in able)}
