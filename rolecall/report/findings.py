"""The findings of a report: those of the comparison, and problems of the contract itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rolecall.access.expiring import when
from rolecall.access.graph.escalations import Escalation
from rolecall.parity.report import Finding, FindingKind
from rolecall.report.entities import Entities, name_and_type
from rolecall.report.lists import Key, ending_key, is_refused, key_of
from rolecall.report.page import FindingEntry
from rolecall.report.sources import Sources
from rolecall.secrecy import without_secrets

REFUSED = "refused"
# How many things that are gained a finding names.
SHOWN = 3
# The worst first. What is unknown may be any of the others.
ORDER = (REFUSED, "escalation", "extra", "unmanaged", "different", "unknown", "missing", "expired")


@dataclass(frozen=True)
class Findings:
    """All findings.

    Attributes:
        entries: the findings, the worst first.
        of_parity: the number of each finding of the comparison, by its place there.
        of_rows: the number of the finding of a row in a list.
    """

    entries: tuple[FindingEntry, ...]
    of_parity: Mapping[int, int]
    of_rows: Mapping[Key, int]


def findings_of(sources: Sources, known: Entities, escalations: Sequence[Escalation]) -> Findings:
    """Return all findings."""
    found: list[tuple[FindingEntry, int | Key]] = [*_of_contract(sources, known, escalations)]
    protected = {name for name, one in sources.compiled.contract.environments.items() if one.protected}
    for place, one in enumerate(sources.parity.findings if sources.parity is not None else ()):
        found.append((_entry(one, known, protected), place))
    found.sort(key=lambda pair: _weight(pair[0]))
    return Findings(
        tuple(entry for entry, _ in found),
        {key: number for number, (_, key) in enumerate(found) if isinstance(key, int)},
        {key: number for number, (_, key) in enumerate(found) if isinstance(key, tuple)},
    )


def _weight(one: FindingEntry) -> tuple[bool, int]:
    return (not one.protected, ORDER.index(one.kind) if one.kind in ORDER else len(ORDER))


def _entry(one: Finding, known: Entities, protected: Collection[str]) -> FindingEntry:
    subject = known.first_labelled(one.group or one.subject) if one.group or one.subject else -1
    return FindingEntry(
        kind=str(one.kind),
        area=_area(one),
        system=one.system,
        about=one.about,
        who=one.subject,
        given=without_secrets(one.given),
        live=without_secrets(one.live),
        place=str(one.place) if one.place else "",
        how=one.how,
        protected=one.target is not None and one.target.environment in protected,
        subject=subject,
        object=known.object(one.target),
    )


def _area(one: Finding) -> str:
    if one.kind is FindingKind.UNMANAGED:
        return "unmanaged"
    if one.group:
        return "members"
    if one.target is None:
        return "reading" if one.kind is FindingKind.UNKNOWN else "settings"
    return "settings" if one.property else "access"


def _of_contract(
    sources: Sources, known: Entities, escalations: Sequence[Escalation]
) -> Iterator[tuple[FindingEntry, Key]]:
    """Yield problems of the contract: refusals, escalations that only live access has, and what has ended."""
    contract = "contract"
    for one in sources.compiled.loaded.values.hide(sources.compiled.compilation.refusals):
        if not one.id.startswith("escalation"):
            place = str(one.place) if one.place else ""
            entry = FindingEntry(REFUSED, contract, contract, one.id, "", "", one.what, place, one.allowed, True)
            yield entry, (REFUSED, one.id, one.what)
    of_contract = {key_of(one) for one in sources.compiled.compilation.escalations}
    for escalation in escalations:
        if is_refused(sources, escalation):
            key = key_of(escalation)
            side = "the contract grants it" if key in of_contract else "only live access grants it"
            gains = [f"{verb} on {target}" for target, verb in escalation.gained]
            of, acting_as = (name_and_type(one)[0] for one in (escalation.of, escalation.acting_as))
            live = f"may act as {acting_as} and gains {_short(gains)}; {side}"
            about = f"{of} acting as {acting_as} in {escalation.environment}"
            how = "revoke the right that makes it possible, or accept it in `accepted_escalations`"
            who, subject = of, known.actor(escalation.of)
            yield FindingEntry("escalation", contract, contract, about, who, "", live, "", how, True, subject), key
    for ending in sources.ending:
        if ending.days(sources.day) < 0:
            place = str(ending.place or "")
            about = f"{ending.kind} {ending.what}"
            live = f"{when(ending.days(sources.day))}, on {ending.expires}; {ending.effect}"
            how = "renew or remove it"
            entry = FindingEntry("expired", contract, contract, about, "", "", live, place, how, False)
            yield entry, ending_key(ending)
    for text in sources.exemptions.problems:
        place, _, what = text.partition(": ")
        entry = FindingEntry(REFUSED, contract, "exemptions", "exemption", "", "", what, place, "", True)
        yield entry, (REFUSED, text)


def _short(gains: Sequence[str]) -> str:
    named = ", ".join(gains[:SHOWN]) or "control of what it does"
    return named + (f" and {len(gains) - SHOWN:,} more" if len(gains) > SHOWN else "")
