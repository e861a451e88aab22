"""What stacks still hold that the contract does not have any more, and who may do what on it.

Parity compares what the contract gives; what was taken out of it and not deployed since would be seen by nobody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from rolecall.access.observation import PLATFORM
from rolecall.contract.contract import Contract
from rolecall.contract.objects import catalog_id, objects_of
from rolecall.engine.stack_state import Resource, StackState
from rolecall.engine.state import States
from rolecall.errors import ObjectMissing, RolecallError, StateUnreadable
from rolecall.ids.ids import ObjectId
from rolecall.ids.verbs import Kind
from rolecall.kinds.access import PERMISSIONS, RULE_SET
from rolecall.kinds.registry import SECTIONS, TOKENS
from rolecall.parity.report import Finding, FindingKind, Report
from rolecall.slices.holders import MEMBERSHIPS, levels_of
from rolecall.slices.listed_objects import listed_object
from rolecall.slices.slice import layers_of, place_named
from rolecall.systems.databricks.client import shared_reader

NOT_DECLARED = "not in the contract any more"


def with_leftovers(report: Report, contract: Contract, states: States, environments: list[str] | None) -> Report:
    """Return a report with what stacks hold that the contract does not have.

    Args:
        report: what parity found of the contract.
        contract: the contract.
        states: the states of the project's stacks.
        environments: the only environments to look at; None for all, those included that the contract lacks.
    """
    found = list(leftovers(contract, states, environments))
    return replace(report, findings=(*report.findings, *found)) if found else report


def leftovers(contract: Contract, states: States, environments: list[str] | None) -> Iterator[Finding]:
    """Yield a finding for each stack that the contract lacks, and for each holder of an object that it lacks."""
    known = {one.stack: one for layer in layers_of(contract) for one in layer}
    try:
        stacks = states.stacks()
    except StateUnreadable as error:
        yield Finding(PLATFORM, FindingKind.UNKNOWN, None, "", "", error.what)
        return
    for stack in stacks:
        try:
            state = states.read(stack)
        except StateUnreadable as error:
            yield Finding(PLATFORM, FindingKind.UNKNOWN, None, "", "", error.what)
            continue
        if state is None or not state.resources or state.organization not in ("", contract.organization):
            continue
        place = _place(stack, state)
        if environments is not None and place[0] not in environments:
            continue
        if stack not in known:
            yield _stack(stack, state)
        yield from _objects(contract, state, *place)


def _place(stack: str, state: StackState) -> tuple[str, str]:
    return state.slice if state.slice is not None else place_named(stack)


def _stack(stack: str, state: StackState) -> Finding:
    counts = Counter(one.type.rpartition(":")[2] for one in state.resources if one.custom)
    held = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
    whose = "" if state.organization else "; no run on it has ended well, so nothing says whose it is"
    live = f"stack {stack} holds {sum(counts.values())} objects: {held}{whose}"
    return Finding(PLATFORM, FindingKind.EXTRA, None, "", NOT_DECLARED, live)


def _objects(contract: Contract, state: StackState, environment: str, project: str) -> Iterator[Finding]:
    declared = _declared(contract, environment)
    names = {
        str(one.outputs.get("applicationId")): str(one.outputs.get("displayName"))
        for one in state.resources
        if one.type == TOKENS[Kind.SERVICE_PRINCIPAL]
    }
    for resource in state.resources:
        if resource.type in MEMBERSHIPS or not environment:
            continue
        target = listed_object(resource, environment, project, contract)
        if not isinstance(target, ObjectId) or target in declared:
            continue
        held = _live(resource, state.hosts.get(resource.connection, ""))
        system = PLATFORM if not resource.type.startswith("rolecall:") else resource.type.split(":")[1]
        for subject, level in sorted((held or {}).items()):
            called = subject
            for prefix in RULE_SET.prefixes:
                called = called.removeprefix(prefix)
            yield Finding(system, FindingKind.EXTRA, target, names.get(called, called), NOT_DECLARED, level)


def _declared(contract: Contract, environment: str) -> set[ObjectId]:
    known = contract.environments.get(environment)
    if known is None:
        return set()
    found = {one.id_in(environment) for kind in SECTIONS for one in objects_of(contract, environment, kind)}
    catalog = catalog_id(contract, environment)
    return found | ({catalog} if catalog is not None else set())


def _live(resource: Resource, host: str) -> Mapping[str, str] | None:
    """Return who holds what on an object; as its stack has it where it cannot be asked, None where it is gone."""
    held = levels_of(resource.type, resource.outputs) or levels_of(resource.type, resource.inputs)
    if resource.type != PERMISSIONS.token or not host:
        return held
    try:
        answer = shared_reader(host).permissions(resource.id.removeprefix("/"))
    except ObjectMissing:
        return None
    except RolecallError:
        return held
    found: dict[str, str] = {}
    for control in answer.get("access_control_list") or []:
        subject = control.get("group_name") or control.get("service_principal_name") or control.get("user_name")
        levels = [
            str(one.get("permission_level")) for one in control.get("all_permissions") or [] if not one.get("inherited")
        ]
        if subject and levels:
            found[str(subject)] = ", ".join(levels)
    return found
