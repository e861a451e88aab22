"""Observe all systems and compare them with the contract."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from rolecall.access.answers import understood
from rolecall.access.difference import Change, Difference, differences
from rolecall.access.effective import Access
from rolecall.access.grant import Grant
from rolecall.access.membership import (
    GroupState,
    Members,
    MembershipChange,
    MembershipDifference,
    membership_differences,
)
from rolecall.access.observation import Observation, RemarkKind, Role, System
from rolecall.compiled import CompiledContract
from rolecall.contract.contract import Contract
from rolecall.errors import Place, RolecallError
from rolecall.ids.ids import GroupId, ObjectId
from rolecall.ids.verbs import Kind
from rolecall.kinds.registry import SYSTEM_TABLES
from rolecall.parity.job_matrix import job_matrix
from rolecall.parity.matrix import group_matrix
from rolecall.parity.report import Finding, FindingKind, Report, SystemSummary
from rolecall.systems.databricks.lookups import look_up
from rolecall.systems.sign_on import SignOnNames, sign_on_names

REFRESH = "`rolecall up --refresh`"
NO_IDENTITY = (
    "people in the contract's groups: the contract has no `identity`, so there is nothing to compare them with"
)


def compare(compiled: CompiledContract, environments: Sequence[str], systems: Sequence[System]) -> Report:
    """Compare the contract's grants with live access.

    Args:
        compiled: the contract.
        environments: the environments to compare.
        systems: the systems to read, side by side; one that does not answer is unknown, never equal.
    """
    given: Access = {target: held for target, held in compiled.access.items() if target.environment in environments}
    systems = [system for system in systems if system.concerns(compiled.contract)]
    groups: dict[str, Mapping[str, Members]] = {}
    with ThreadPoolExecutor(1 + len(systems)) as pool:
        held = {system.name: system.given(compiled.contract, given) for system in systems}
        named = pool.submit(_sign_on_names, compiled, systems)
        # Environments share workspaces: objects of the others are declared too, and are not compared here.
        known = {
            system.name: system.given(compiled.contract, compiled.access)
            if system.role is Role.PLATFORM
            else held[system.name]
            for system in systems
        }
        reading = [
            pool.submit(_observe, system, compiled.contract, known[system.name], tuple(environments), named)
            for system in systems
        ]
        summaries: list[SystemSummary] = []
        findings: list[Finding] = []
        seen_by: dict[str, Observation] = {}
        read: list[str] = []
        not_read: list[str] = []
        others: list[tuple[str, str]] = []
        for system, later in zip(systems, reading, strict=True):
            try:
                seen = later.result()
            except RolecallError as error:
                reason = f"{error.what}. {error.how_to_go_on}".strip()
                summaries.append(SystemSummary(system.name, 0, 0, 0, 0, 0.0, reason))
                findings.append(Finding(system.name, FindingKind.UNKNOWN, None, "", "", reason))
                continue
            if seen.groups is not None:
                groups[system.name] = seen.groups
            seen_by[system.name] = seen
            names = named.result().names.names if system.is_orchestrator else {}
            found = list(_findings(system.name, compiled, held[system.name], seen, names))
            unread = next((one.live for one in found if one.kind is FindingKind.UNKNOWN and one.target), None)
            found += _unmanaged(system.name, seen)
            not_read += (f"{system.name}: {reason}" for reason in seen.not_read)
            read += (f"{system.name}: {way}" for way in seen.read)
            others += ((system.name, other.thing) for other in seen.others if not other.reaches)
            summaries.append(_summary(system.name, seen, unread))
            findings += found
    findings += _membership_findings(compiled, groups)
    namesakes = {
        **_namesakes(groups),
        **{key: group for seen in seen_by.values() for key, group in seen.namesakes.items()},
    }
    silent = [one.name for one in summaries if one.failure]
    for system in systems:
        if system.is_orchestrator and system.name in seen_by:
            findings += _filled_by_others(system.name, compiled, held[system.name], namesakes, named.result().names)
            if named.result().unread and _names_groups(compiled.contract) not in silent:
                unread = named.result().unread
                findings.append(
                    Finding(system.name, FindingKind.UNKNOWN, None, "", "", unread, resource="names of groups")
                )
    matrix = group_matrix(compiled, environments, groups, findings, silent)
    orchestrators = [one.name for one in systems if one.is_orchestrator]
    clusters = [one.name for one in systems if one.role is Role.CLUSTER]
    jobs = job_matrix(held, orchestrators, seen_by, findings, clusters)
    return Report(
        tuple(summaries),
        tuple(sorted(findings, key=_order)),
        matrix,
        jobs,
        not_read=tuple(not_read),
        never_read=(
            *(f"{one.name}: {way}" for one in systems for way in one.does_not_read),
            *([] if compiled.contract.identity else [NO_IDENTITY]),
        ),
        read=tuple(read),
        others=tuple(others),
        observations=seen_by,
    )


@dataclass(frozen=True)
class _Names:
    """The names of groups in orchestrators, and why they could not be read, if so."""

    names: SignOnNames = field(default_factory=SignOnNames)
    unread: str = ""


def _names_groups(contract: Contract) -> str:
    """Return the system whose names groups have in orchestrators."""
    return contract.identity.provider if contract.identity else "databricks"


def _sign_on_names(compiled: CompiledContract, systems: Sequence[System]) -> _Names:
    """Return what orchestrators' groups are called; nothing where no orchestrator is read."""
    if not any(system.is_orchestrator for system in systems):
        return _Names()

    def account() -> Mapping[str, str]:
        return {key: group.name for key, group in look_up(compiled.contract).groups.items()}

    try:
        return _Names(sign_on_names(compiled.contract, compiled.access, account))
    except RolecallError as error:
        return _Names(unread=f"{error.what}. {error.how_to_go_on}".strip())


def _observe(
    system: System, contract: Contract, held: Access, environments: tuple[str, ...], named: Future[_Names]
) -> Observation:
    names = named.result().names.names if system.is_orchestrator else {}
    with understood(system.name):
        return system.observe(contract, held, environments, names)


def _unmanaged(system: str, seen: Observation) -> Iterable[Finding]:
    """Report failed reads, and unmanaged things that grant access to objects of the contract."""
    for reason in seen.refused:
        yield Finding(system, FindingKind.UNKNOWN, None, "", "", reason, resource=reason.partition(":")[0])
    for other in seen.others:
        if other.reaches:
            yield Finding(
                system, FindingKind.UNMANAGED, None, "", "", other.reaches, resource=other.thing, how=other.how
            )


def _membership_findings(compiled: CompiledContract, groups: Mapping[str, Mapping[str, Members]]) -> Iterable[Finding]:
    """Compare every system's groups with the identity provider's."""
    identity = compiled.contract.identity
    if identity is None or identity.provider not in groups:
        return
    source = groups[identity.provider]
    for system, held in groups.items():
        if system != identity.provider:
            for one in membership_differences(source, held):
                yield _membership(identity.provider, system, compiled, one)


def _namesakes(groups: Mapping[str, Mapping[str, Members]]) -> dict[str, str]:
    """Return each group whose current name is another group's name in the contract, by that name."""
    return {
        members.name: f"group {key}"
        for of_system in groups.values()
        for key, members in of_system.items()
        if members.name and members.name != key and members.name in of_system
    }


def _filled_by_others(
    system: str, compiled: CompiledContract, given: Access, namesakes: Mapping[str, str], names: SignOnNames
) -> Iterable[Finding]:
    """Report the groups of an orchestrator that single sign-on does not fill, or fills from a different group.

    The orchestrator matches groups by the names that the identity provider sends: https://orkes.io/content/access-control-and-security/users-and-groups
    """
    keys = {subject.key for verbs in given.values() for subject in verbs if isinstance(subject, GroupId)}
    for key in sorted(keys - names.names.keys()):
        place = compiled.loaded.places.of("groups", key)
        if key in namesakes:
            live = f"{namesakes[key]}, which has this name now"
            yield Finding(system, FindingKind.DIFFERENT, None, "", "members of the group", live, place, key)
        if key in names.unusable:
            live = f"none: the identity provider calls it {names.unusable[key]!r}, which no orchestrator's group can be"
            how = "give it another name in the identity provider"
            yield Finding(system, FindingKind.DIFFERENT, None, "", "members of the group", live, place, key, how=how)


def _membership(source: str, system: str, compiled: CompiledContract, one: MembershipDifference) -> Finding:
    kind, given, live = {
        MembershipChange.MISSING_PERSON: (FindingKind.MISSING, f"member in {source}", "not a member"),
        MembershipChange.EXTRA_PERSON: (FindingKind.EXTRA, f"not a member in {source}", "member"),
        MembershipChange.NOT_PROVISIONED: (FindingKind.MISSING, "the group", one.detail),
        MembershipChange.MISSING_GROUP: (FindingKind.MISSING, "the group", one.detail),
        MembershipChange.ANOTHER_GROUP: (FindingKind.DIFFERENT, "the group", one.detail),
        MembershipChange.UNKNOWN: (FindingKind.UNKNOWN, "", one.detail),
    }[one.change]
    where = source if one.change is MembershipChange.MISSING_GROUP else system
    place = compiled.loaded.places.of("groups", one.group)
    return Finding(where, kind, None, one.person, given, live, place, one.group)


def _findings(
    system: str, compiled: CompiledContract, given: Access, seen: Observation, names: Mapping[str, str]
) -> Iterable[Finding]:
    if not seen.holds_grants:
        return
    unknown = {remark.target for remark in seen.remarks if remark.kind == "unknown"}
    for target in seen.absent:
        yield Finding(system, FindingKind.MISSING, target, "", "the object", "there is none")
    present = {target: held for target, held in given.items() if target not in seen.absent and target not in unknown}
    for difference in differences(present, seen.access):
        found = _difference(system, compiled, difference, seen.commands)
        subject = difference.subject
        if isinstance(subject, GroupId) and subject.key in names and difference.live is None:
            how = f"its name in the identity provider is {names[subject.key]!r}: `rolecall up` follows it"
            found = replace(found, how=how)
        yield found
    for remark in seen.remarks:
        how = remark.how
        if remark.kind is RemarkKind.EXTRA and not how:
            shared = remark.target is not None and remark.target.kind in SYSTEM_TABLES
            how = (
                "a metastore administrator revokes it: `databricks grants update`; `up --refresh` does not"
                if shared
                else REFRESH
            )
        kind, limits = FindingKind(remark.kind.value), remark.concerns
        yield Finding(system, kind, remark.target, remark.subject, "", remark.text, how=how, concerns=limits)


def _difference(
    system: str, compiled: CompiledContract, difference: Difference, commands: Mapping[tuple[ObjectId, str], str]
) -> Finding:
    return Finding(
        system,
        FindingKind(difference.change.value),
        difference.target,
        str(difference.subject),
        str(difference.given or ""),
        str(difference.live or ""),
        _place(compiled, difference),
        how=_how(compiled.contract, difference, commands.get((difference.target, str(difference.subject)), "")),
    )


def _how(contract: Contract, difference: Difference, command: str) -> str:
    """Return how to revoke a grant that no run revokes: workspace assignments and system tables have several owners."""
    if difference.target.kind is Kind.WORKSPACE and not contract.databricks.has_account:
        action = {Change.MISSING: "assigns", Change.EXTRA: "removes", Change.DIFFERENT: "reassigns"}[difference.change]
        shown = f": `{command}`" if command and difference.change is Change.EXTRA else ""
        return (
            f"an administrator of workspace {difference.target.key} {action} {difference.subject}{shown}; "
            "`up` does not, with `administer: workspaces`"
        )
    if difference.change is not Change.EXTRA:
        return REFRESH
    if difference.target.kind is Kind.WORKSPACE:
        return (
            f"an account administrator removes {difference.subject} from workspace {difference.target.key}: "
            f"`{command}`; `up --refresh` does not"
        )
    if difference.target.kind in SYSTEM_TABLES:
        table = SYSTEM_TABLES[difference.target.kind][0]
        return (
            f"a metastore administrator revokes it: `databricks grants update table {table}`; `up --refresh` does not"
        )
    return REFRESH


def _place(compiled: CompiledContract, found: Difference) -> Place | None:
    """Return the places in the contract of the grants that differ."""
    if found.given is None:
        return None
    reasons = compiled.compilation.grants.get(Grant(found.target, found.subject, found.given), ())
    return next((reason.place for reason in reasons if reason.place), None)


def _summary(name: str, seen: Observation, unread: str | None) -> SystemSummary:
    grants = sum(len(held) for held in seen.access.values())
    held = [one for one in (seen.groups or {}).values() if one.state is GroupState.PRESENT]
    return SystemSummary(
        name,
        len(seen.access),
        grants,
        seen.unmanaged,
        seen.calls,
        round(seen.took.total_seconds(), 3),
        unread,
        len(held),
        sum(len(one.people) for one in held),
    )


def _order(finding: Finding) -> tuple[str, str, str, str]:
    about = finding.group or str(finding.target or finding.resource)
    return (finding.system, about, finding.kind.value, finding.subject)
