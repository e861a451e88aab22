"""Composes the data of a report from its sources: pure, and the same for the same sources."""

from __future__ import annotations

from collections.abc import Mapping

from rolecall.access.graph.graph import AccessGraph
from rolecall.access.graph.nodes import Actor, Administrators
from rolecall.ids.ids import DeployerId, GroupId, ServicePrincipalId
from rolecall.parity.report import CellState, Row
from rolecall.report import lists
from rolecall.report.entities import Entities, entities, label, name_and_type
from rolecall.report.evidence import evidence, not_read, verdict
from rolecall.report.findings import Findings, findings_of
from rolecall.report.graph import access_graph, graph_of
from rolecall.report.matrix import matrix_of
from rolecall.report.page import FindingEntry, ObjectEntry, Page, State, SubjectEntry
from rolecall.report.sources import Sources

STATES = {
    CellState.EQUAL: State.EQUAL,
    CellState.DIFFERENT: State.DIFFERENT,
    CellState.UNKNOWN: State.UNKNOWN,
    CellState.NOTHING: State.NOTHING,
}
# The worst first.
WORST = (CellState.DIFFERENT, CellState.UNKNOWN, CellState.EQUAL, CellState.NOTHING)
PEOPLE = "people in "


def compose(sources: Sources) -> Page:
    """Return the data of a report."""
    graph = access_graph(sources)
    known = entities(sources.compiled, graph, sources.parity)
    escalations = lists.escalations(sources)
    found = findings_of(sources, known, escalations)
    parity = sources.parity
    return Page(
        organization=sources.compiled.contract.organization,
        written=f"{sources.circumstances.written:%Y-%m-%d %H:%M} UTC",
        verdict=verdict(sources, len(found.entries)),
        evidence=evidence(sources),
        reading=lists.reading(sources),
        not_read=not_read(sources),
        subjects=tuple(_subjects(sources, graph, known, found)),
        objects=tuple(_objects(sources, graph, known)),
        findings=found.entries,
        matrix=matrix_of(sources, known, found.of_parity),
        graph=graph_of(sources, graph, known),
        groups=lists.grid(parity.matrix) if parity is not None else None,
        jobs=lists.grid(parity.jobs) if parity is not None else None,
        escalations=lists.escalation_table(sources, escalations, found.of_rows),
        expiring=lists.expiring(sources, found.of_rows),
        exemptions=lists.exemptions(sources),
        others=lists.others(sources),
        exit_code=max(parity.exit_code if parity is not None else 0, int(any(_counts(one) for one in found.entries))),
    )


def _counts(one: FindingEntry) -> bool:
    """Return whether a finding fails a run: what has ended has no effect any more."""
    return one.kind != "expired"


def _subjects(sources: Sources, graph: AccessGraph, known: Entities, found: Findings) -> list[SubjectEntry]:
    live = sources.live()
    members = live.members if live is not None else {}
    matrix = sources.parity.matrix if sources.parity is not None else None
    columns = [number for number, name in enumerate(matrix.columns if matrix else ()) if name.startswith(PEOPLE)]
    rows = {row.name: row for row in (matrix.rows if matrix else ())}
    about: dict[str, list[int]] = {}
    for place, one in enumerate(sources.parity.findings if sources.parity is not None else ()):
        if one.group:
            about.setdefault(one.group, []).append(found.of_parity[place])
    entries: list[SubjectEntry] = []
    for actor in known.actors:
        name, kind = name_and_type(actor)
        entry = SubjectEntry(
            name=name,
            type=kind,
            # Without live access, the deployer's id may be the placeholder of an unset variable.
            label=label(actor) if sources.parity is not None or not isinstance(actor, DeployerId) else name,
            environment=actor.environment if isinstance(actor, ServicePrincipalId) else "",
            node=graph.actors.get(actor, -1) if not isinstance(actor, str) else -1,
            trusted=_is_trusted(graph, actor),
        )
        if isinstance(actor, GroupId):
            entry = _group(entry, actor, known, members, rows.get(actor.key), columns, about.get(actor.key, []))
        entries.append(entry)
    return entries


def _is_trusted(graph: AccessGraph, actor: Actor | str) -> bool:
    return not isinstance(actor, str) and (actor in graph.trusted or isinstance(actor, Administrators))


def _group(
    entry: SubjectEntry,
    group: GroupId,
    known: Entities,
    members: Mapping[str, frozenset[str]],
    row: Row | None,
    columns: list[int],
    findings: list[int],
) -> SubjectEntry:
    """Return the entry of a group with its people, and with the comparison of its members between systems."""
    people = sorted({known.first_labelled(name) for name in members.get(group.key, ())} - {-1})
    cells = [row.cells[number] for number in columns] if row is not None else []
    worst = min((cell.state for cell in cells), key=WORST.index, default=CellState.NOTHING)
    state = State.DIFFERENT if findings and worst is not CellState.UNKNOWN else STATES[worst]
    return SubjectEntry(
        entry.name,
        entry.type,
        entry.label,
        entry.environment,
        entry.node,
        entry.trusted,
        tuple(people),
        state,
        next((cell.text for cell in cells), ""),
        tuple(findings),
    )


def _objects(sources: Sources, graph: AccessGraph, known: Entities) -> list[ObjectEntry]:
    environments = sources.compiled.contract.environments
    protected = {name for name, one in environments.items() if one.protected}
    return [
        ObjectEntry(
            kind=str(target.kind),
            name=target.name,
            environment=target.environment or "",
            protected=target.environment in protected,
            rights=graph.rights.get(target, {}),
        )
        for target in known.objects
    ]
