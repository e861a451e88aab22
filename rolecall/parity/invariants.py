"""Invariants evaluated on live access."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rolecall.access.effective import Access
from rolecall.compiled import CompiledContract
from rolecall.contract.invariant_checks import targets_of
from rolecall.parity.live_access import LiveAccess, live_access
from rolecall.parity.report import Finding, FindingKind, Report

if TYPE_CHECKING:
    from rolecall.access.graph.invariants import Verdict

# Where an invariant is broken that no single system breaks.
WHERE = "live access"


def with_invariants(report: Report, compiled: CompiledContract, environments: Sequence[str]) -> Report:
    """Return a report with the invariants that live access breaks, and those that are not proved for it.

    Args:
        report: the comparison of all systems.
        compiled: the contract.
        environments: the environments that were read; for others, the contract's grants are used.
    """
    if not compiled.contract.invariants:
        return report
    # Only they need the graph, and its library takes a while to import.
    from rolecall.access.graph.invariant_problems import broken

    live = live_access(report)
    findings: list[Finding] = []
    unproved: list[str] = []
    for index, verdict in enumerate(live_verdicts(live, compiled, environments)):
        name = f"invariant {verdict.invariant.id}"
        if not verdict.holds:
            text = broken(verdict, compiled.compilation.grants)
            place = compiled.loaded.places.of("invariants", index)
            how = "revoke one of the steps; `rolecall up --refresh` revokes grants that the contract does not give"
            findings.append(
                Finding(WHERE, FindingKind.DIFFERENT, None, "", "never possible", text, place, resource=name, how=how)
            )
        elif not live.complete:
            count = len(live.unplaced) + len(live.unknown)
            unproved.append(f"{name}: not proved for live access: {count:,} findings have no step in the graph")
    return replace(report, findings=(*report.findings, *findings), not_read=(*report.not_read, *unproved))


def live_verdicts(live: LiveAccess, compiled: CompiledContract, environments: Sequence[str]) -> list[Verdict]:
    """Return whether each invariant holds for live access."""
    from rolecall.access.graph.graph import build
    from rolecall.access.graph.invariants import verdicts
    from rolecall.access.graph.powers import powers_of

    contract = compiled.contract
    unread = {target: held for target, held in compiled.access.items() if target.environment not in environments}
    access: Access = {**unread, **live.access}
    objects = {target for one in contract.invariants for target in targets_of(contract, one.never.what)}
    powers = powers_of(contract, compiled.loaded.places)
    return verdicts(contract, build(powers, access, live.members, sorted(objects), live.steps))
