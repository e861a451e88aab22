"""Observe all systems and compare them with the contract."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from rolecall.access.difference import Difference, differences
from rolecall.access.effective import Access
from rolecall.access.grant import Grant
from rolecall.access.observation import Observation, System
from rolecall.compiled import CompiledContract
from rolecall.errors import Place, RolecallError
from rolecall.parity.report import Finding, FindingKind, Report, SystemSummary


def compare(compiled: CompiledContract, environments: Sequence[str], systems: Sequence[System]) -> Report:
    """Compare what a contract gives with what is live.

    Args:
        compiled: the contract.
        environments: the environments to compare.
        systems: the systems to read, side by side; one that does not answer is unknown, never equal.
    """
    given: Access = {target: held for target, held in compiled.access.items() if target.environment in environments}
    with ThreadPoolExecutor(max(1, len(systems))) as pool:
        reading = [pool.submit(system.observe, compiled.contract, given, tuple(environments)) for system in systems]
        summaries: list[SystemSummary] = []
        findings: list[Finding] = []
        for system, later in zip(systems, reading, strict=True):
            try:
                seen = later.result()
            except RolecallError as error:
                reason = f"{error.what}. {error.how_to_go_on}".strip()
                summaries.append(SystemSummary(system.name, 0, 0, 0, 0, 0.0, reason))
                findings.append(Finding(system.name, FindingKind.UNKNOWN, None, "", "", reason))
                continue
            found = list(_findings(system.name, compiled, given, seen))
            unread = next((one.live for one in found if one.kind is FindingKind.UNKNOWN and one.target), None)
            summaries.append(_summary(system.name, seen, unread))
            findings += found
    return Report(tuple(summaries), tuple(sorted(findings, key=_order)))


def _findings(system: str, compiled: CompiledContract, given: Access, seen: Observation) -> Iterable[Finding]:
    unknown = {remark.target for remark in seen.remarks if remark.kind == "unknown"}
    for target in seen.absent:
        yield Finding(system, FindingKind.MISSING, target, "", "the object", "there is none")
    present = {target: held for target, held in given.items() if target not in seen.absent and target not in unknown}
    for difference in differences(present, seen.access):
        yield _difference(system, compiled, difference)
    for remark in seen.remarks:
        yield Finding(system, FindingKind(remark.kind.value), remark.target, "", "", remark.text)


def _difference(system: str, compiled: CompiledContract, found: Difference) -> Finding:
    return Finding(
        system,
        FindingKind(found.change.value),
        found.target,
        str(found.subject),
        str(found.given or ""),
        str(found.live or ""),
        _place(compiled, found),
    )


def _place(compiled: CompiledContract, found: Difference) -> Place | None:
    """Return where the contract gives what is not as it should be."""
    if found.given is None:
        return None
    reasons = compiled.compilation.grants.get(Grant(found.target, found.subject, found.given), ())
    return next((reason.place for reason in reasons if reason.place), None)


def _summary(name: str, seen: Observation, unread: str | None) -> SystemSummary:
    grants = sum(len(held) for held in seen.access.values())
    return SystemSummary(
        name, len(seen.access), grants, seen.unmanaged, seen.calls, round(seen.took.total_seconds(), 3), unread
    )


def _order(finding: Finding) -> tuple[str, str, str, str]:
    return (finding.system, str(finding.target or ""), finding.kind.value, finding.subject)
