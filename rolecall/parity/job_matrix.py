"""Every job with counterparts at a glance: who may run and edit it, in Databricks and in every orchestrator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rolecall.access.effective import Access
from rolecall.access.observation import PLATFORM, Observation
from rolecall.ids.ids import ObjectId, Subject
from rolecall.ids.verbs import Verb
from rolecall.parity.report import Cell, CellState, Finding, FindingKind, Matrix, Row


def job_matrix(
    given: Mapping[str, Access],
    orchestrators: Sequence[str],
    seen: Mapping[str, Observation],
    findings: Sequence[Finding],
) -> Matrix | None:
    """Return a row for each job that has a counterpart, or None where none has.

    A cell says how many may run it and how many may edit it there; it is equal where both are whom the contract says.

    Args:
        given: what each system has to hold.
        orchestrators: the systems that trigger jobs.
        seen: what was read of each system; one that could not be read is missing.
        findings: all that was found.
    """
    jobs = sorted({target for name in orchestrators for target in given[name]})
    if not jobs:
        return None
    systems = [PLATFORM, *orchestrators]
    rows = [
        Row(f"{job.name} in {job.environment}", tuple(_cell(one, job, given, seen, findings) for one in systems))
        for job in jobs
    ]
    return Matrix(tuple(systems), tuple(rows), "job")


def _cell(
    system: str,
    job: ObjectId,
    given: Mapping[str, Access],
    seen: Mapping[str, Observation],
    findings: Sequence[Finding],
) -> Cell:
    if job not in given.get(system, {}):
        return Cell("no counterpart", CellState.NOTHING)
    mine = [one for one in findings if one.system == system and one.target == job]
    if system not in seen or any(one.kind is FindingKind.UNKNOWN for one in mine):
        return Cell("?", CellState.UNKNOWN)
    if job in seen[system].absent:
        return Cell("not there", CellState.DIFFERENT)
    live = seen[system].access.get(job, {})
    text = f"run {_count(live, Verb.RUN)}, edit {_count(live, Verb.EDIT)}"
    if not mine:
        return Cell(text, CellState.EQUAL)
    parts = [f"{_count_of(mine, kind)} {word}" for kind, word in _WORDS.items() if _count_of(mine, kind)]
    return Cell(f"{text}: {', '.join(parts)}", CellState.DIFFERENT)


_WORDS = {FindingKind.EXTRA: "too many", FindingKind.MISSING: "missing", FindingKind.DIFFERENT: "different"}


def _count_of(findings: Sequence[Finding], kind: FindingKind) -> int:
    return sum(one.kind is kind for one in findings)


def _count(held: Mapping[Subject, Verb], verb: Verb) -> int:
    """Return how many may do at least this; the owner of a job in Databricks is its deployer, and left out."""
    return sum(verb.rank <= one.rank < Verb.OWN.rank for one in held.values())
