"""The lists of a report: escalations, what ends, exemptions, unmanaged things, systems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rolecall.access.expiring import WARN_WITHIN, Expiry, when
from rolecall.access.graph.escalation_problems import accepted, name_of
from rolecall.access.graph.escalations import Escalation, Reach, escalations_of
from rolecall.access.graph.live_powers import with_steps
from rolecall.access.graph.powers import powers_of
from rolecall.parity.report import Matrix, SystemSummary
from rolecall.report.entities import name_and_type
from rolecall.report.page import TableEntry
from rolecall.report.sources import Sources, reachable

ESCALATIONS = ("environment", "who", "acting as", "since it", "gains", "accepted")
EXPIRING = ("last day", "when", "what", "owner", "afterwards", "where")
EXEMPTIONS = ("rule", "resource", "stack", "reason", "ticket", "owner", "from", "until", "where")
# What identifies a row that has a finding.
Key = tuple[str, ...]
OTHERS = ("system", "thing")
READING = ("system", "read", "requests", "result")


def escalations(sources: Sources) -> Sequence[Escalation]:
    """Return who may act as a stronger subject, by the contract and by live access."""
    live = sources.live()
    if live is None:
        return sources.compiled.compilation.escalations
    contract = sources.compiled.contract
    powers = powers_of(contract, sources.compiled.loaded.places)
    access = reachable(sources.compiled, live)
    return escalations_of(contract, Reach(*with_steps(powers, access, live.steps, live.members)))


def escalation_table(sources: Sources, found: Sequence[Escalation], findings: Mapping[Key, int]) -> TableEntry:
    """Return escalations as a table; those that need an acceptance and have none are red."""
    rows = tuple(_escalation(sources, one) for one in found)
    return TableEntry(ESCALATIONS, rows, tuple(findings.get(key_of(one), -1) for one in found))


def key_of(one: Escalation) -> Key:
    """Return what identifies an escalation."""
    return ("escalation", one.environment, name_of(one.of), name_of(one.acting_as))


def is_refused(sources: Sources, one: Escalation) -> bool:
    """Return whether an escalation needs an acceptance and has none."""
    settings = sources.compiled.contract.environments.get(one.environment)
    protected = settings is not None and settings.protected
    accepts = accepted(sources.compiled.contract, one, sources.day) is not None
    return protected and one.needs_acceptance and not accepts


def _escalation(sources: Sources, one: Escalation) -> tuple[str, ...]:
    settings = sources.compiled.contract.environments.get(one.environment)
    protected = settings is not None and settings.protected
    acceptance = accepted(sources.compiled.contract, one, sources.day)
    refused = is_refused(sources, one)
    acceptance_text = "no" if refused else "not needed" if protected else "not protected"
    if acceptance:
        acceptance_text = f"until {acceptance.expires}, {acceptance.ticket}, {acceptance.owner}"
    through = [f"may {grant.verb} {grant.target.kind.replace('_', ' ')} {grant.target.name}" for grant in one.through]
    gains = [f"{verb} on {target.kind.replace('_', ' ')} {target.name}" for target, verb in one.gained]
    return (
        "different" if refused else "",
        one.environment,
        name_and_type(one.of)[0],
        name_and_type(one.acting_as)[0],
        "\n".join(through) or f"{one.why} it",
        "\n".join(gains) or "decides what it does",
        acceptance_text,
    )


def expiring(sources: Sources, findings: Mapping[Key, int]) -> TableEntry:
    """Return everything that has a last day, the next one first; what has ended is red."""
    rows = tuple(_ending(one, sources) for one in sources.ending)
    return TableEntry(EXPIRING, rows, tuple(findings.get(ending_key(one), -1) for one in sources.ending))


def ending_key(one: Expiry) -> Key:
    """Return what identifies an entry with a last day."""
    return ("expired", one.kind, one.what, one.expires.isoformat(), str(one.place or ""))


def _ending(one: Expiry, sources: Sources) -> tuple[str, ...]:
    days = one.days(sources.day)
    state = "different" if days < 0 else "soon" if days <= WARN_WITHIN else ""
    what = f"{one.kind} {one.what}"
    return (state, one.expires.isoformat(), when(days), what, one.owner, one.effect, str(one.place or ""))


def exemptions(sources: Sources) -> TableEntry:
    """Return the exemptions from policies that hold today."""
    rows = [
        (
            "soon" if (one.until - sources.day).days <= WARN_WITHIN else "",
            *(one.rule, one.resource, one.stack, one.reason, one.ticket, one.owner),
            *(one.begins.isoformat(), one.until.isoformat(), one.place),
        )
        for one in sources.exemptions.entries
    ]
    return TableEntry(EXEMPTIONS, tuple(rows))


def others(sources: Sources) -> TableEntry:
    """Return the unmanaged things that reach nothing of the contract."""
    found = sources.parity.others if sources.parity is not None else ()
    return TableEntry(OTHERS, tuple(("", system, thing) for system, thing in found))


def reading(sources: Sources) -> TableEntry:
    """Return every system that the contract has to do with, and how reading it went."""
    if sources.parity is None:
        return TableEntry(READING, tuple(("not-compared", one.name, "", "", "not read") for one in sources.concerned))
    return TableEntry(READING, tuple(_summary(one) for one in sources.parity.systems))


def _summary(one: SystemSummary) -> tuple[str, ...]:
    parts = [
        f"{_counted(one.groups, 'group')} with {_counted(one.memberships, 'membership')}" if one.groups else "",
        f"{_counted(one.grants, 'grant')} on {_counted(one.objects, 'object')}"
        if one.objects or not one.groups
        else "",
        f"besides {_counted(one.unmanaged, 'object')} of others" if one.unmanaged else "",
    ]
    state = "unknown" if one.failure else "equal"
    read = "" if one.failure and not one.calls else "; ".join(filter(None, parts))
    return (state, one.name, read, f"{one.calls:,}", f"not read whole: {one.failure}" if one.failure else "read")


def grid(matrix: Matrix | None) -> TableEntry | None:
    """Return a matrix of groups or jobs, each cell a state and a text."""
    if matrix is None:
        return None
    rows = tuple(("", row.name, *(f"{cell.state}:{cell.text}" for cell in row.cells)) for row in matrix.rows)
    return TableEntry((matrix.noun, *matrix.columns), rows)


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
