"""What stacks still hold that the contract does not have any more, and who may do what on it.

Parity compares the contract's grants; a removal that was not deployed yet would go unnoticed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from rolecall.access.observation import PLATFORM
from rolecall.access.ways import is_route_missing
from rolecall.contract.contract import Contract
from rolecall.contract.objects import catalog_id, objects_of
from rolecall.engine.stack_state import Resource, StackState
from rolecall.engine.state import States
from rolecall.errors import ObjectMissing, RolecallError, StateUnreadable
from rolecall.ids.ids import ObjectId
from rolecall.kinds.access import PERMISSIONS, RULE_SET
from rolecall.kinds.registry import SECTIONS
from rolecall.parity.report import Finding, FindingKind
from rolecall.slices.access_changes import principals_in
from rolecall.slices.holders import MEMBERSHIPS, levels_of
from rolecall.slices.listed_objects import listed_object
from rolecall.slices.slice import layers_of, place_named
from rolecall.systems.databricks.client import shared_reader

NOT_DECLARED = "not in the contract any more"


class Leftovers:
    """Collects them from the states of stacks.

    Args:
        contract: the contract.
        environments: the only environments to look at; None for all, those included that the contract lacks.
    """

    def __init__(self, contract: Contract, environments: list[str] | None) -> None:
        self._contract, self._environments = contract, environments
        self._known = {one.stack for layer in layers_of(contract) for one in layer}
        self._found: dict[str, list[Finding]] = {}
        self._declared: dict[str, frozenset[ObjectId]] = {}

    def look(self, stack: str, state: StackState) -> None:
        """Take in what the state of a stack holds and the contract does not."""
        self._found[stack] = list(self._of(stack, state))

    def findings(self, states: States) -> list[Finding]:
        """Return all of them, after reading the states that `look` was not given.

        Args:
            states: the states of the project's stacks.

        Returns:
            a finding for each stack that the contract lacks, for each holder of an object that it lacks, and for what
            could not be read.
        """
        try:
            stacks = states.stacks()
        except StateUnreadable as error:
            return [Finding(PLATFORM, FindingKind.UNKNOWN, None, "", "", error.what)]
        for stack in stacks:
            if stack in self._found:
                continue
            try:
                if (state := states.read(stack)) is not None:
                    self.look(stack, state)
            except StateUnreadable as error:
                self._found[stack] = [Finding(PLATFORM, FindingKind.UNKNOWN, None, "", "", error.what)]
        return [finding for stack in stacks for finding in self._found.get(stack, [])]

    def _of(self, stack: str, state: StackState) -> Iterator[Finding]:
        if not state.resources or state.organization not in ("", self._contract.organization):
            return
        place = _place(stack, state)
        if self._environments is not None and place[0] not in self._environments:
            return
        if stack not in self._known:
            yield _stack(stack, state)
        if place[0] not in self._declared:
            self._declared[place[0]] = _declared(self._contract, place[0])
        yield from _objects(self._contract, self._declared[place[0]], state, *place)


def _place(stack: str, state: StackState) -> tuple[str, str]:
    return state.slice if state.slice is not None else place_named(stack)


def _stack(stack: str, state: StackState) -> Finding:
    counts = Counter(one.type.rpartition(":")[2] for one in state.resources if one.custom)
    held = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
    whose = "" if state.organization else "; no run on it has ended well, so its owner is not known"
    live = f"stack {stack} holds {sum(counts.values())} objects: {held}{whose}"
    return Finding(PLATFORM, FindingKind.EXTRA, None, "", NOT_DECLARED, live)


def _objects(
    contract: Contract, declared: Collection[ObjectId], state: StackState, environment: str, project: str
) -> Iterator[Finding]:
    names = principals_in(state.resources)
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


def _declared(contract: Contract, environment: str) -> frozenset[ObjectId]:
    known = contract.environments.get(environment)
    if known is None:
        return frozenset()
    found = {one.id_in(environment) for kind in SECTIONS for one in objects_of(contract, environment, kind)}
    catalog = catalog_id(contract, environment)
    return frozenset(found | ({catalog} if catalog is not None else set()))


def _live(resource: Resource, host: str) -> Mapping[str, str] | None:
    """Return who holds what on an object; as its stack has it where it cannot be asked, None where it is gone."""
    held = levels_of(resource.type, resource.outputs) or levels_of(resource.type, resource.inputs)
    if resource.type != PERMISSIONS.token or not host:
        return held
    try:
        answer = shared_reader(host).permissions(resource.id.removeprefix("/"))
    except ObjectMissing as error:
        return held if is_route_missing(error) else None
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
