"""Compare every declared property with its live value, so that parity reports all that a refresh would find.

The stacks' states contain the declared properties. Resources of types with list requests are compared by `Live`; those
that differ, and those of other types, are read by the provider that deploys them, as a refresh does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Protocol

from rolecall.access.observation import PLATFORM
from rolecall.compiled import CompiledContract
from rolecall.engine.provider_reads import PropertyDifference, secret_properties
from rolecall.engine.stack_state import Resource, StackState
from rolecall.engine.state import States
from rolecall.errors import Place, RolecallError, StateUnreadable
from rolecall.ids.ids import GroupId, ObjectId
from rolecall.kinds.access import INTERFACES
from rolecall.kinds.registry import SECTIONS, TOKENS
from rolecall.parity.report import Finding, FindingKind
from rolecall.slices.holders import MEMBERSHIPS
from rolecall.slices.listed_objects import key_in_project, listed_object
from rolecall.slices.part import part_of
from rolecall.slices.slice import Slice, layers_of, place_named
from rolecall.systems.databricks.given_account import reader_of_account
from rolecall.systems.databricks.live import Live
from rolecall.systems.databricks.lookups import Lookups

AT_ONCE = 16
REFRESH, UP = "`rolecall up --refresh`", "`rolecall up`"
# Access lists: compared by subject where they belong to an object of the contract.
LISTS = frozenset(form.token for form in INTERFACES)
KINDS_BY_TOKEN = {token: kind for kind, token in TOKENS.items()}


class Reads(Protocol):
    """Reads one Databricks resource through its provider."""

    def differences(self, resource: Resource, settings: Mapping[str, object]) -> list[PropertyDifference] | None:
        """Return the declared properties that differ; None where the object does not exist."""


@dataclass
class Declared:
    """The result of comparing declared properties.

    Attributes:
        findings: every difference.
        compared: the number of resources that were compared.
        not_compared: properties that were not compared, each with the reason.
    """

    findings: list[Finding] = field(default_factory=list)
    compared: int = 0
    not_compared: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Suspect:
    """A resource that may differ from its declaration, and its stack's state without the resources."""

    stack: str
    state: StackState
    resource: Resource


def compare_declared(
    compiled: CompiledContract,
    states: States,
    environments: Sequence[str],
    reads: Reads | None,
    hosts: Mapping[str, str],
    seen: Callable[[str, StackState], None],
) -> Declared:
    """Compare every declared resource with the live one.

    Args:
        compiled: the contract.
        states: the states of the project's stacks.
        environments: the environments to compare; the account is always compared.
        reads: reads through the Databricks provider; None where it is not installed.
        hosts: addresses of the workspaces, by name.
        seen: is called with each stack and its state, so that it is read only once.
    """
    result = Declared()
    contract = compiled.contract
    live = Live(reader_of_account(contract), contract.databricks.account_id, hosts)
    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            reading: list[tuple[_Suspect, Future[list[PropertyDifference] | None]]] = []
            # One state is parsed while the objects of the one before are read; no more than these two are in memory.
            before: list[tuple[_Suspect, Future[bool] | None]] = []
            for stack_slice, state in _deployed(compiled, states, environments, result):
                pending = list(_compared(stack_slice.stack, state, live, pool))
                result.compared += len(pending)
                result.not_compared += _secrets(state)
                seen(stack_slice.stack, state)
                reading += ((one, pool.submit(_differences, one, reads, hosts)) for one in _suspects(before))
                before = pending
            reading += ((one, pool.submit(_differences, one, reads, hosts)) for one in _suspects(before))
            for suspect, future in reading:
                result.findings += _findings(compiled, suspect, future)
    finally:
        live.close()
    return result


def _deployed(
    compiled: CompiledContract, states: States, environments: Sequence[str], result: Declared
) -> Iterator[tuple[Slice, StackState]]:
    """Yield the state of each deployed stack; a difference from the declarations becomes a finding."""
    for stack_slice in (each for layer in layers_of(compiled.contract) for each in layer):
        if stack_slice.environment is not None and stack_slice.environment not in environments:
            continue
        try:
            state = states.read(stack_slice.stack)
        except StateUnreadable as error:
            result.findings.append(Finding(PLATFORM, FindingKind.UNKNOWN, None, "", "", error.what, how=UP))
            continue
        if state is None or not state.resources:
            live_state = f"stack {stack_slice.stack} has no deployment in this state backend"
            result.findings.append(
                Finding(PLATFORM, FindingKind.MISSING, None, "", "its resources", live_state, how=UP)
            )
            continue
        if state.objects != part_of(compiled, stack_slice, Lookups()).objects_digest:
            live_state = (
                f"stack {stack_slice.stack} was deployed from other declarations, or its deployment did not finish"
            )
            given = "the contract's current declarations"
            result.findings.append(Finding(PLATFORM, FindingKind.DIFFERENT, None, "", given, live_state, how=UP))
        yield stack_slice, state


def _compared(
    stack: str, state: StackState, live: Live, pool: ThreadPoolExecutor
) -> Iterator[tuple[_Suspect, Future[bool] | None]]:
    """Yield each resource with its comparison by `Live`; None where `Live` does not read its type."""
    without_resources = replace(state, resources=())
    for resource in state.resources:
        if resource.custom:
            suspect = _Suspect(stack, without_resources, resource)
            yield suspect, pool.submit(live.is_same, resource) if live.understands([resource]) else None


def _suspects(pending: Iterable[tuple[_Suspect, Future[bool] | None]]) -> Iterator[_Suspect]:
    """Yield the resources that `Live` has not shown to be equal."""
    for suspect, future in pending:
        try:
            if future is None or not future.result():
                yield suspect
        except RolecallError:
            # The read through the provider reports the reason.
            yield suspect


def _secrets(state: StackState) -> Iterator[str]:
    for resource in state.resources:
        for name in sorted(secret_properties(resource)):
            what = f"{resource.type.rpartition(':')[2]} {resource.name}: {name}"
            yield f"{what} (a secret: encrypted in the state)"


def _differences(suspect: _Suspect, reads: Reads | None, hosts: Mapping[str, str]) -> list[PropertyDifference] | None:
    resource = suspect.resource
    if resource.type.startswith("rolecall:"):
        # It builds the models of all native types, which a contract without an orchestrator does not need.
        from rolecall.parity.native_reads import native_differences

        return native_differences(resource)
    if reads is None:
        raise _not_installed(resource)
    settings = suspect.state.settings.get(resource.connection)
    return reads.differences(resource, settings or {"host": hosts.get(resource.connection, "")})


def _not_installed(resource: Resource) -> RolecallError:
    what = f"{resource.type.rpartition(':')[2]} {resource.name} was not read: the Databricks provider is not installed"
    return RolecallError(what, "Run `rolecall doctor --install`, then parity again.")


def _findings(
    compiled: CompiledContract, suspect: _Suspect, reading: Future[list[PropertyDifference] | None]
) -> Iterator[Finding]:
    resource = suspect.resource
    system = resource.type.split(":")[1] if resource.type.startswith("rolecall:") else PLATFORM
    target, place = target_of(compiled, suspect.state, suspect.stack, resource)
    what = f"{resource.type.rpartition(':')[2]} {resource.name} of stack {suspect.stack}"
    listed = target is not None and resource.type in LISTS and not resource.inputs.get("authorization")
    listed |= isinstance(target, ObjectId) and resource.type.endswith(":Permissions") and system != PLATFORM
    group = target.key if isinstance(target, GroupId) and resource.type in MEMBERSHIPS else ""
    about = target if isinstance(target, ObjectId) else None
    try:
        differences = reading.result()
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
    """Return the object or group that a resource belongs to and its place in the contract; None where there is none."""
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
    findings: Iterable[Finding], before: Iterable[Finding], compared: Collection[ObjectId]
) -> list[Finding]:
    """Remove the property findings that the comparison of grants has already reported by subject.

    Args:
        findings: the findings of declared properties.
        before: the findings of grants.
        compared: the objects whose grants were compared, by immutable id: in an access list, a renamed group is no
            difference.
    """
    gone = {(one.system, one.target) for one in before if one.kind is FindingKind.MISSING and not one.subject}
    groups = {one.group for one in before if one.group}
    kept: list[Finding] = []
    for finding in findings:
        key = (finding.system, finding.target)
        repeated = (finding.is_list and finding.target in compared) or (finding.target is not None and key in gone)
        if not repeated and not (finding.group and finding.group in groups):
            kept.append(finding)
    return kept
