"""Every job with counterparts, and every service, at a glance: who may use and edit it, in each system."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from rolecall.access.effective import Access
from rolecall.access.observation import PLATFORM, Observation
from rolecall.ids.ids import ObjectId, Subject
from rolecall.ids.verbs import Kind, Verb
from rolecall.parity.report import Cell, CellState, Finding, FindingKind, Matrix, Row


def job_matrix(
    given: Mapping[str, Access],
    orchestrators: Sequence[str],
    seen: Mapping[str, Observation],
    findings: Sequence[Finding],
    clusters: Sequence[str] = (),
) -> Matrix | None:
    """Return a row for each job that has a counterpart, and for each service; None where there is neither.

    A cell has the number of subjects who may run and edit a job there, or call a service. It is equal where both are
    the contract's. A finding about a whole cluster applies to each of its services; one about a namespace applies to
    its services and the services that its workloads call.

    Args:
        given: what each system has to hold.
        orchestrators: the systems that trigger jobs.
        seen: what was read of each system; one that could not be read is missing.
        findings: all that was found.
        clusters: the systems that run services.
    """
    jobs = sorted({target for name in orchestrators for target in given[name]})
    services = sorted({target for name in clusters for target in given[name]})
    if not (jobs or services):
        return None
    systems = [*([PLATFORM, *orchestrators] if jobs else []), *(clusters if services else [])]
    about: defaultdict[tuple[str, ObjectId | None], list[Finding]] = defaultdict(list)
    for found in findings:
        about[found.system, found.target].append(found)

    def cell(system: str, target: ObjectId) -> Cell:
        if target not in given.get(system, {}):
            return Cell("no counterpart", CellState.NOTHING)
        around = about.get((system, None), ()) if target.kind is Kind.SERVICE else ()
        return _cell(target, seen.get(system), about.get((system, target), ()), around)

    def row(name: str, target: ObjectId) -> Row:
        return Row(name, tuple(cell(one, target) for one in systems))

    rows = [row(f"{one.name} in {one.environment}", one) for one in jobs]
    rows += [row(f"service {one.name} in {one.environment}", one) for one in services]
    noun = " or ".join(["job"] * bool(jobs) + ["service"] * bool(services))
    return Matrix(tuple(systems), tuple(rows), noun, "job")


def _cell(target: ObjectId, seen: Observation | None, mine: Sequence[Finding], others: Iterable[Finding]) -> Cell:
    """Return the cell of an object in a system.

    Args:
        target: the object.
        seen: the system's observation; None if it could not be read.
        mine: the findings about the object.
        others: findings about no single object, which may concern it.
    """
    if seen is None or any(one.kind is FindingKind.UNKNOWN for one in mine):
        return Cell("?", CellState.UNKNOWN)
    if target in seen.absent:
        return Cell("not there", CellState.DIFFERENT)
    live = seen.access.get(target, {})
    around = [one for one in others if one.is_around(target)]
    if any(one.kind is FindingKind.UNKNOWN for one in around):
        return Cell("?", CellState.UNKNOWN)
    if target.kind is Kind.SERVICE:
        text = f"call {_count(live, Verb.RUN)}"
    else:
        text = f"run {_count(live, Verb.RUN)}, edit {_count(live, Verb.EDIT)}"
    if not (mine or around):
        return Cell(text, CellState.EQUAL)
    parts = [f"{_count_of(mine, kind)} {word}" for kind, word in _WORDS.items() if _count_of(mine, kind)]
    parts += [f"{len(around)} in the cluster"] * bool(around)
    return Cell(f"{text}: {', '.join(parts)}", CellState.DIFFERENT)


_WORDS = {FindingKind.EXTRA: "too many", FindingKind.MISSING: "missing", FindingKind.DIFFERENT: "different"}


def _count_of(findings: Sequence[Finding], kind: FindingKind) -> int:
    return sum(one.kind is kind for one in findings)


def _count(held: Mapping[Subject, Verb], verb: Verb) -> int:
    """Return how many may do at least this; the owner of a job in Databricks is its deployer, and left out."""
    return sum(verb.rank <= one.rank < Verb.OWN.rank for one in held.values())
