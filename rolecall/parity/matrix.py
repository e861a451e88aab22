"""Every group in every system at a glance: who is in it, and what it may do."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rolecall.access.membership import GroupState, Members
from rolecall.access.observation import PLATFORM
from rolecall.compiled import CompiledContract
from rolecall.ids.ids import GroupId, Subject
from rolecall.parity.report import Cell, CellState, Finding, FindingKind, Matrix, Row


def group_matrix(
    compiled: CompiledContract,
    environments: Sequence[str],
    groups: Mapping[str, Mapping[str, Members]],
    findings: Iterable[Finding],
    unread: Sequence[str],
) -> Matrix | None:
    """Return the matrix, or None where the contract names no identity provider.

    Args:
        compiled: the contract.
        environments: the environments that were compared.
        groups: each system's groups.
        findings: all that was found.
        unread: systems that did not answer.
    """
    identity = compiled.contract.identity
    if identity is None:
        return None
    systems = [identity.provider, PLATFORM]
    of_group: defaultdict[tuple[str, str], list[Finding]] = defaultdict(list)
    of_environment: defaultdict[str, list[Finding]] = defaultdict(list)
    for one in findings:
        of_group[one.system, one.group].append(one)
        if one.system == PLATFORM and one.target:
            of_environment[one.target.environment or ""].append(one)
    held = [_held(compiled, environment, of_environment[environment]) for environment in environments]
    rows = [
        Row(
            name,
            (
                *(_members(system, name, groups, of_group.get((system, name), ()), unread) for system in systems),
                *(_grants(name, one, unread) for one in held),
            ),
        )
        for name in compiled.contract.groups
    ]
    return Matrix(
        (*(f"people in {system}" for system in systems), *(f"grants in {one}" for one in environments)), tuple(rows)
    )


def _members(
    system: str,
    group: str,
    groups: Mapping[str, Mapping[str, Members]],
    mine: Sequence[Finding],
    unread: Sequence[str],
) -> Cell:
    members = groups.get(system, {}).get(group)
    if system in unread or members is None or members.state is GroupState.UNKNOWN:
        return Cell("?", CellState.UNKNOWN)
    if members.state is GroupState.ANOTHER:
        return Cell("another group", CellState.DIFFERENT)
    if members.state is GroupState.MISSING:
        return Cell("no such group", CellState.DIFFERENT)
    if any(one.kind is FindingKind.UNKNOWN for one in mine):
        return Cell("?", CellState.UNKNOWN)
    text = "as there" if not members.listed else str(len(members.people)) if members.people else "empty"
    missing = sum(one.kind is FindingKind.MISSING and bool(one.subject) for one in mine)
    extra = sum(one.kind is FindingKind.EXTRA and bool(one.subject) for one in mine)
    parts = [f"{missing} missing"] * bool(missing) + [f"{extra} too many"] * bool(extra)
    return Cell(", ".join([text, *parts]), CellState.DIFFERENT if mine else CellState.EQUAL)


@dataclass(frozen=True)
class _Held:
    """Subjects' access in an environment.

    Attributes:
        given: the number of objects to which each subject has access.
        differing: the number of findings about each subject, by its text.
        is_unknown: whether a read failed.
    """

    given: Counter[Subject]
    differing: Counter[str]
    is_unknown: bool


def _held(compiled: CompiledContract, environment: str, findings: Sequence[Finding]) -> _Held:
    given = Counter[Subject]()
    for target, held in compiled.access.items():
        if target.environment == environment:
            given.update(held.keys())
    differing = Counter[str]()
    for one in findings:
        # A finding on a whole object applies to every subject with access to it.
        everybody = compiled.access.get(one.target, {}) if one.target else {}
        groups = (str(holder) for holder in everybody if isinstance(holder, GroupId))
        differing.update([one.subject] if one.subject else groups)
    return _Held(given, differing, any(one.kind is FindingKind.UNKNOWN for one in findings))


def _grants(group: str, held: _Held, unread: Sequence[str]) -> Cell:
    subject = GroupId(group)
    if PLATFORM in unread or held.is_unknown:
        return Cell("?", CellState.UNKNOWN)
    given, differing = held.given[subject], held.differing[str(subject)]
    if differing:
        return Cell(f"{given}, {differing} differ", CellState.DIFFERENT)
    return Cell(str(given) if given else "none", CellState.EQUAL if given else CellState.NOTHING)
