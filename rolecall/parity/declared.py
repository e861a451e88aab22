"""Every declared property against what is live: whatever a refresh of the engine would find, parity names.

The states of the stacks say what was declared of each resource. Types that can be read in pages are compared by
`Live`; a resource that differs there, or of another type, is read by the provider that deploys it, as a refresh does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from rolecall.compiled import CompiledContract
from rolecall.engine.provider_reads import PropertyDifference, secret_properties
from rolecall.engine.stack_state import Resource, StackState
from rolecall.engine.state import States
from rolecall.errors import Place, RolecallError, StateUnreadable
from rolecall.ids.ids import GroupId, ObjectId
from rolecall.kinds.access import INTERFACES
from rolecall.kinds.registry import SECTIONS, TOKENS
from rolecall.parity.report import Finding, FindingKind
from rolecall.slices.listed_objects import key_in_project, listed_object
from rolecall.slices.part import part_of
from rolecall.slices.slice import Slice, layers_of, place_named
from rolecall.systems.databricks.live import Live
from rolecall.systems.databricks.lookups import Lookups

AT_ONCE = 16
REFRESH, UP = "`rolecall up --refresh`", "`rolecall up`"
# Lists of holders: compared by subjects where they are about an object of the contract.
LISTS = frozenset(form.token for form in INTERFACES)
KINDS_BY_TOKEN = {token: kind for kind, token in TOKENS.items()}


class Reads(Protocol):
    """Reads one resource of Databricks by its provider."""

    def differences(self, resource: Resource, settings: Mapping[str, object]) -> list[PropertyDifference] | None:
        """Return the declared properties that differ; None where the object does not exist."""


@dataclass
class Declared:
    """What a comparison of declared properties found.

    Attributes:
        findings: every difference.
        compared: how many resources were compared.
        not_compared: what was left out, each with the reason.
    """

    findings: list[Finding] = field(default_factory=list)
    compared: int = 0
    not_compared: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Found:
    """A resource that may differ."""

    stack: str
    state: StackState
    resource: Resource


def compare_declared(
    compiled: CompiledContract,
    states: States,
    environments: Sequence[str],
    reads: Reads | None,
    hosts: Mapping[str, str],
) -> Declared:
    """Compare every declared resource with what is live.

    Args:
        compiled: the contract.
        states: the states of the project's stacks.
        environments: the environments to compare; the account always is.
        reads: reads by the Databricks provider; None where it is not installed.
        hosts: addresses of the workspaces, by name.
    """
    found = Declared()
    held: dict[Slice, StackState] = {}
    for one in (each for layer in layers_of(compiled.contract) for each in layer):
        if one.environment is not None and one.environment not in environments:
            continue
        try:
            state = states.read(one.stack)
        except StateUnreadable as error:
            found.findings.append(Finding("databricks", FindingKind.UNKNOWN, None, "", "", error.what, how=UP))
            continue
        if state is None or not state.resources:
            told = f"stack {one.stack} was never deployed from here"
            found.findings.append(Finding("databricks", FindingKind.MISSING, None, "", "its resources", told, how=UP))
            continue
        if state.objects != part_of(compiled, one, Lookups()).objects_digest:
            told = f"stack {one.stack} holds another declaration, or was not deployed to its end"
            given = "what the contract declares now"
            found.findings.append(Finding("databricks", FindingKind.DIFFERENT, None, "", given, told, how=UP))
        held[one] = state
    databricks = compiled.contract.databricks
    live = Live(databricks.host, databricks.account_id, hosts)
    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            suspects = list(_suspects(held, live, pool, found))
            later = [(one, pool.submit(_differences, one, reads, hosts)) for one in suspects]
            for suspect, future in later:
                found.findings += _findings(compiled, suspect, future)
    finally:
        live.close()
    for state in held.values():
        for resource in state.resources:
            for name in sorted(secret_properties(resource)):
                what = f"{resource.type.rpartition(':')[2]} {resource.name}: {name}"
                found.not_compared.append(f"{what}, which the state keeps encrypted")
    return found


def _suspects(
    held: Mapping[Slice, StackState], live: Live, pool: ThreadPoolExecutor, found: Declared
) -> Iterator[_Found]:
    """Yield the resources that are not known to be live as declared."""
    later: list[tuple[_Found, Future[bool] | None]] = []
    for one, state in held.items():
        for resource in state.resources:
            if not resource.custom:
                continue
            found.compared += 1
            each = _Found(one.stack, state, resource)
            later.append((each, pool.submit(live.is_same, resource) if live.understands([resource]) else None))
    for each, future in later:
        try:
            if future is None or not future.result():
                yield each
        except RolecallError:
            # The provider says why it cannot be read.
            yield each


def _differences(one: _Found, reads: Reads | None, hosts: Mapping[str, str]) -> list[PropertyDifference] | None:
    resource = one.resource
    if resource.type.startswith("rolecall:"):
        # It builds the models of all native types, which a contract without an orchestrator does not need.
        from rolecall.parity.native_reads import native_differences

        return native_differences(resource)
    if reads is None:
        raise _not_installed(resource)
    settings = one.state.settings.get(resource.connection)
    return reads.differences(resource, settings or {"host": hosts.get(resource.connection, "")})


def _not_installed(resource: Resource) -> RolecallError:
    what = f"{resource.type.rpartition(':')[2]} {resource.name} was not read: the Databricks provider is not installed"
    return RolecallError(what, "Run `rolecall doctor --install`, then parity again.")


def _findings(
    compiled: CompiledContract, one: _Found, later: Future[list[PropertyDifference] | None]
) -> Iterator[Finding]:
    resource = one.resource
    system = resource.type.split(":")[1] if resource.type.startswith("rolecall:") else "databricks"
    target, place = target_of(compiled, one.state, one.stack, resource)
    what = f"{resource.type.rpartition(':')[2]} {resource.name} of stack {one.stack}"
    listed = target is not None and resource.type in LISTS and not resource.inputs.get("authorization")
    listed |= isinstance(target, ObjectId) and resource.type.endswith(":Permissions") and system != "databricks"
    group = target.key if isinstance(target, GroupId) else ""
    about = target if isinstance(target, ObjectId) else None
    try:
        differences = later.result()
    except RolecallError as error:
        reason = f"{error.what}. {error.how_to_go_on}".strip()
        yield Finding(system, FindingKind.UNKNOWN, about, "", what, reason, place, group, resource=what)
        return
    if differences is None:
        yield Finding(
            system, FindingKind.MISSING, about, "", what, "it does not exist", place, group, what, how=REFRESH
        )
        return
    for each in differences:
        yield Finding(
            system,
            FindingKind.DIFFERENT,
            about,
            "",
            each.declared or "not set",
            each.live or "not set",
            place,
            group,
            what,
            each.path,
            REFRESH,
            is_list=listed,
        )


def target_of(
    compiled: CompiledContract, state: StackState, stack: str, resource: Resource
) -> tuple[ObjectId | GroupId | None, Place | None]:
    """Return what a resource is about, and where the contract declares it; None where it is about no one object."""
    environment, project = state.slice if state.slice is not None else place_named(stack)
    places = compiled.loaded.places
    target = listed_object(resource, environment, project, compiled.contract)
    kind = KINDS_BY_TOKEN.get(resource.type)
    if target is None and kind is not None and kind in SECTIONS and project:
        key = key_in_project(resource.name, project)
        target = ObjectId(environment, kind, project, key) if key else None
    if isinstance(target, GroupId):
        return target, places.of("groups", target.key)
    if target is not None and target.project and target.kind in SECTIONS:
        return target, places.of("projects", target.project, SECTIONS[target.kind], target.key)
    if project:
        return target, places.of("projects", project)
    if resource.connection in compiled.contract.workspaces:
        return target, places.of("workspaces", resource.connection)
    return target, None


def without_repetitions(
    found: Iterable[Finding], before: Iterable[Finding], compared: Collection[ObjectId]
) -> list[Finding]:
    """Return findings of properties without those that the comparison of grants has named by subject.

    Args:
        found: the findings of declared properties.
        before: the findings of grants.
        compared: the objects whose holders were compared, by immutable ids: on a list, a group that is called otherwise
            now is no difference.
    """
    gone = {(one.system, one.target) for one in before if one.kind is FindingKind.MISSING and not one.subject}
    groups = {one.group for one in before if one.group}
    kept: list[Finding] = []
    for one in found:
        key = (one.system, one.target)
        repeated = (one.is_list and one.target in compared) or (one.target is not None and key in gone)
        if not repeated and not (one.group and one.group in groups):
            kept.append(one)
    return kept
