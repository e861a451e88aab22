"""Checks on `renamed_from`: what it names is gone, is claimed once, and never comes back to itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rolecall.contract.contract import Contract
from rolecall.contract.former import former_places, written_places
from rolecall.contract.objects import section
from rolecall.contract.source import Path, Places
from rolecall.errors import Problem
from rolecall.ids.verbs import Kind
from rolecall.kinds.registry import SECTIONS

STILL_DECLARED, CLAIMED_TWICE, RING = "renamed-from-still-declared", "renamed-from-claimed-twice", "renamed-in-a-ring"


def check_renames(contract: Contract, places: Places) -> Iterator[Problem]:
    """Report former names that cannot be meant."""
    yield from _names("group", {name: one.renamed_from for name, one in contract.groups.items()}, places)
    yield from _names("environment", {name: one.renamed_from for name, one in contract.environments.items()}, places)
    yield from _names("project", {name: one.renamed_from for name, one in contract.projects.items()}, places)
    yield from _declared_objects(contract, places)
    yield from _claimed_objects(contract, places)


def _names(noun: str, former: Mapping[str, Sequence[str]], places: Places) -> Iterator[Problem]:
    claimed: dict[str, str] = {}
    for name, old_names in former.items():
        at: Path = (f"{noun}s", name, "renamed_from")
        for old in old_names:
            if old in former:
                yield _still_declared(f"{noun} {old!r}", places, at, (f"{noun}s", old), ring=_in_ring(name, former))
            first = claimed.setdefault(old, name)
            if first != name:
                yield _claimed_twice(f"{noun} {old!r}", repr(first), places, at, (f"{noun}s", first))


def _in_ring(name: str, former: Mapping[str, Sequence[str]]) -> bool:
    """Return whether the former names of a name lead back to it."""
    pending, seen = [*former[name]], set[str]()
    while pending:
        old = pending.pop()
        if old == name:
            return True
        if old not in seen:
            seen.add(old)
            pending += former.get(old, ())
    return False


def _declared_objects(contract: Contract, places: Places) -> Iterator[Problem]:
    objects = {
        (kind, project, key): [(kind, place.project or project, place.key) for place in value.renamed_from]
        for project, declared in contract.projects.items()
        for kind in SECTIONS
        for key, value in section(declared, kind).items()
    }
    for (kind, project, key), former in objects.items():
        for old in former:
            if old in objects:
                where: Path = ("projects", old[1], SECTIONS[kind], old[2])
                at: Path = ("projects", project, SECTIONS[kind], key, "renamed_from")
                ring = (kind, project, key) in _reached(old, objects)
                yield _still_declared(f"{_noun(kind)} {old[1]}/{old[2]}", places, at, where, ring=ring)


def _reached(
    start: tuple[Kind, str, str], former: Mapping[tuple[Kind, str, str], Sequence[tuple[Kind, str, str]]]
) -> set[tuple[Kind, str, str]]:
    pending, seen = [start], set[tuple[Kind, str, str]]()
    while pending:
        one = pending.pop()
        if one not in seen:
            seen.add(one)
            pending += former.get(one, ())
    return seen


def _claimed_objects(contract: Contract, places: Places) -> Iterator[Problem]:
    """Report two objects that were one: by their own former places, or by those of their projects."""
    claimed: dict[tuple[Kind, str, str], tuple[str, str]] = {}
    named = {(kind, project, key) for project, kind, key, _, _ in written_places(contract)}
    for project, declared in contract.projects.items():
        for kind in SECTIONS:
            for key in section(declared, kind):
                if not declared.renamed_from and (kind, project, key) not in named:
                    continue
                for old in former_places(contract, project, kind, key):
                    first = claimed.setdefault((kind, *old), (project, key))
                    if first != (project, key):
                        at: Path = ("projects", project, SECTIONS[kind], key, "renamed_from")
                        where: Path = ("projects", first[0], SECTIONS[kind], first[1])
                        what = f"{_noun(kind)} {'/'.join(old)}"
                        yield _claimed_twice(what, "/".join(first), places, at, where)


def _noun(kind: Kind) -> str:
    return kind.replace("_", " ")


def _still_declared(what: str, places: Places, at: Path, where: Path, *, ring: bool) -> Problem:
    if ring:
        how = "Give one of them a new name first, and deploy; then rename the other."
        return Problem(RING, places.of(*at), f"{what} is renamed from what is renamed from it", how)
    text = f"{what} is named as a former one, and is still declared ({places.of(*where)})"
    return Problem(STILL_DECLARED, places.of(*at), text, "Take `renamed_from` out, or the old declaration.")


def _claimed_twice(what: str, first: str, places: Places, at: Path, where: Path) -> Problem:
    text = f"{what} is named as a former one twice; first by {first} ({places.of(*where)})"
    return Problem(CLAIMED_TWICE, places.of(*at), text, "Only one object can take it over: take the other out.")
