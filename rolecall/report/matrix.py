"""The matrix: rights of subjects on objects in every system, each compared with the contract."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from rolecall.access.effective import Access
from rolecall.access.observation import Observation, Role, System
from rolecall.ids.ids import ObjectId
from rolecall.parity.report import Finding, FindingKind, Report
from rolecall.report.entities import Entities
from rolecall.report.page import MatrixEntry, State
from rolecall.report.sources import Sources

Pair = tuple[ObjectId, int]
Sides = dict[Pair, tuple[str, str]]


def matrix_of(sources: Sources, known: Entities, findings: Mapping[int, int]) -> MatrixEntry:
    """Return the matrix, in order of objects and subjects.

    A cell is equal only where its system was read, its object is known there, both sides are the same, and no finding
    is about it. Findings without a subject are about everybody who has access to the object.

    Args:
        sources: everything that the report is made from.
        known: subjects and objects.
        findings: the number of each finding of the comparison, by its place there.
    """
    parity = sources.parity
    systems = [one for one in sources.concerned if one.role is not Role.IDENTITY_PROVIDER]
    sides = {one.name: _sides(one, sources, known) for one in systems}
    about = _by_system(parity, known, sides)
    pairs = {pair for of_system in sides.values() for pair in of_system}
    pairs |= {(target, subject) for of_system in about.values() for target, subject in of_system if subject >= 0}
    pairs = {pair for pair in pairs if sources.includes(pair[0].environment)}
    order = sorted(pairs, key=lambda pair: (known.object(pair[0]), pair[1]))
    cells: dict[tuple[State, str, str], int] = {(State.NOTHING, "", ""): 0}
    rows: list[tuple[int, ...]] = []
    links: dict[str, tuple[int, ...]] = {}
    for pair in order:
        numbers: list[int] = []
        for column, system in enumerate(systems):
            verbs = sides[system.name].get(pair, ("", ""))
            # Findings about the object as a whole concern this system's holders only.
            whole = about[system.name].get((pair[0], -1), ()) if verbs != ("", "") else ()
            mine = (*about[system.name].get(pair, ()), *whole)
            state = _state(system.name, pair[0], verbs, mine, parity)
            if mine and state in (State.DIFFERENT, State.UNKNOWN):
                links[f"{len(rows)}:{column}"] = tuple(findings[place] for place, _ in mine)
            numbers.append(cells.setdefault((state, *verbs), len(cells)))
        rows.append((known.object(pair[0]), pair[1], *numbers))
    return MatrixEntry(tuple(one.name for one in systems), tuple(cells), tuple(rows), links)


Numbered = tuple[int, Finding]


def _by_system(
    parity: Report | None, known: Entities, sides: Mapping[str, Sides]
) -> Mapping[str, Mapping[Pair, Sequence[Numbered]]]:
    """Return the findings about access by system and pair; the subject is -1 for those about a whole object."""
    found: dict[str, dict[Pair, list[Numbered]]] = defaultdict(lambda: defaultdict(list))
    for number, one in enumerate(parity.findings if parity is not None else ()):
        if one.target is None or one.property:
            continue
        for subject in _holders(one, known, sides.get(one.system, {})):
            found[one.system][one.target, subject].append((number, one))
    return found


def _holders(one: Finding, known: Entities, sides: Sides) -> list[int]:
    """Return the subjects that a finding is about: of several with one name, those with its two sides."""
    if one.target is None or not one.subject:
        return [-1]
    named = known.labelled(one.subject)
    same = [number for number in named if sides.get((one.target, number)) == (one.given, one.live)]
    return same or named


def _sides(system: System, sources: Sources, known: Entities) -> Sides:
    """Return the contract's verb and the live verb of each pair in a system; both are empty where there is none."""
    given = system.given(sources.compiled.contract, sources.compiled.access)
    seen = sources.parity.observations.get(system.name) if sources.parity is not None else None
    live = _live(seen, given)
    found: Sides = {}
    for target in given:
        for subject, verb in given[target].items():
            found[target, known.actor(subject)] = (str(verb), "")
        for subject, verb in live.get(target, {}).items():
            pair = (target, known.actor(subject))
            found[pair] = (found.get(pair, ("", ""))[0], str(verb))
    return found


def _live(seen: Observation | None, given: Access) -> Access:
    """Return what was seen on the contract's objects; parity compares no others."""
    if seen is None or not seen.holds_grants:
        return {}
    return {target: held for target, held in seen.access.items() if target in given}


def _state(
    system: str, target: ObjectId, verbs: tuple[str, str], mine: Iterable[Numbered], parity: Report | None
) -> State:
    given, live = verbs
    kinds = {one.kind for _, one in mine}
    if not given and not live and not kinds:
        return State.NOTHING
    if parity is None:
        return State.NOT_COMPARED
    if system not in parity.observations or FindingKind.UNKNOWN in kinds:
        return State.UNKNOWN
    if any(remark.target == target and remark.kind == "unknown" for remark in parity.observations[system].remarks):
        return State.UNKNOWN
    return State.EQUAL if given == live and not kinds else State.DIFFERENT
