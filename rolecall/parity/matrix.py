"""Every group in every system at a glance: who is in it, and what it may do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rolecall.access.membership import GroupState, Members
from rolecall.access.observation import PLATFORM
from rolecall.compiled import CompiledContract
from rolecall.ids.ids import GroupId
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
    every = list(findings)
    rows = [
        Row(
            name,
            (
                *(_members(system, name, groups, every, unread) for system in systems),
                *(_grants(compiled, environment, name, every, unread) for environment in environments),
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
    findings: Sequence[Finding],
    unread: Sequence[str],
) -> Cell:
    members = groups.get(system, {}).get(group)
    if system in unread or members is None or members.state is GroupState.UNKNOWN:
        return Cell("?", CellState.UNKNOWN)
    if members.state is GroupState.ANOTHER:
        return Cell("another group", CellState.DIFFERENT)
    if members.state is GroupState.MISSING:
        return Cell("no such group", CellState.DIFFERENT)
    mine = [one for one in findings if one.group == group and one.system == system]
    if any(one.kind is FindingKind.UNKNOWN for one in mine):
        return Cell("?", CellState.UNKNOWN)
    text = "as there" if not members.listed else str(len(members.people)) if members.people else "empty"
    missing = sum(one.kind is FindingKind.MISSING and bool(one.subject) for one in mine)
    extra = sum(one.kind is FindingKind.EXTRA and bool(one.subject) for one in mine)
    parts = [f"{missing} missing"] * bool(missing) + [f"{extra} too many"] * bool(extra)
    return Cell(", ".join([text, *parts]), CellState.DIFFERENT if mine else CellState.EQUAL)


def _grants(
    compiled: CompiledContract, environment: str, group: str, findings: Sequence[Finding], unread: Sequence[str]
) -> Cell:
    subject = GroupId(group)
    given = sum(subject in held for target, held in compiled.access.items() if target.environment == environment)
    about = [one for one in findings if one.system == PLATFORM and one.target and one.target.environment == environment]
    if PLATFORM in unread or any(one.kind is FindingKind.UNKNOWN for one in about):
        return Cell("?", CellState.UNKNOWN)
    # What is wrong with an object as a whole is wrong for everybody who holds something on it.
    mine = [
        one
        for one in about
        if one.subject == str(subject)
        or (not one.subject and one.target and subject in compiled.access.get(one.target, {}))
    ]
    if mine:
        return Cell(f"{given}, {len(mine)} differ", CellState.DIFFERENT)
    return Cell(str(given) if given else "none", CellState.EQUAL if given else CellState.NOTHING)
