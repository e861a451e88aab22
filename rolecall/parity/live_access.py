"""Live access in one form: what all systems hold, who is in which group, and what could not be placed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rolecall.access.effective import Access
from rolecall.access.graph.live_step import LiveStep
from rolecall.access.membership import GroupState
from rolecall.access.observation import Observation
from rolecall.parity.report import FindingKind, Report


@dataclass(frozen=True)
class LiveAccess:
    """Live access, in the form of the access graph.

    Attributes:
        access: the highest verb of each subject on each object, over all systems.
        members: by group, the sign-in names of its people, over all systems that list them.
        unplaced: live objects that grant access on, by or through declared objects, and that the graph has no
            step for.
        unknown: what could not be read.
        steps: what was given by hand, or through unmanaged things.
    """

    access: Access
    members: Mapping[str, frozenset[str]]
    unplaced: tuple[str, ...]
    unknown: tuple[str, ...]
    steps: tuple[LiveStep, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether everything that parity reads is in the graph, so that a proof is one."""
        return not self.unplaced and not self.unknown


def live_access(report: Report) -> LiveAccess:
    """Return what a parity run saw."""
    access: Access = {}
    members: dict[str, frozenset[str]] = {}
    for seen in report.observations.values():
        for target, holders in seen.access.items():
            held = access.setdefault(target, {})
            for subject, verb in holders.items():
                if subject not in held or held[subject].rank < verb.rank:
                    held[subject] = verb
        for group, people in _people(seen).items():
            members[group] = members.get(group, frozenset()) | people
    steps: list[LiveStep] = []
    placed: set[str] = set()
    for seen in report.observations.values():
        for other in seen.others:
            if other.reaches and other.steps:
                steps += other.steps
                placed.add(other.thing)
        steps += (remark.step for remark in seen.remarks if remark.step is not None)
    unplaced = [
        f"{one.resource}: {one.live}"
        for one in report.findings
        if one.kind is FindingKind.UNMANAGED and one.resource not in placed
    ]
    unknown = [f"{system.name}: {system.failure}" for system in report.systems if system.failure]
    unknown += [f"{one.about}: {one.live}" for one in report.findings if one.kind is FindingKind.UNKNOWN]
    return LiveAccess(
        access, members, tuple(dict.fromkeys(unplaced)), tuple(dict.fromkeys(unknown)), tuple(dict.fromkeys(steps))
    )


def _people(seen: Observation) -> dict[str, frozenset[str]]:
    groups = seen.groups or {}
    return {
        key: frozenset(person.name for person in members.people)
        for key, members in groups.items()
        if members.state is GroupState.PRESENT
    }
