"""Lists of Rolecall's own provider that a run first writes or deletes, with possible entries of other owners.

They are the access lists of counterparts in orchestrators, and the members of groups in the identity provider.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rolecall.contract.contract import Contract
from rolecall.contract.naming import group_resource
from rolecall.engine.stack_state import Resource, StackState
from rolecall.ids.ids import GroupId, ownership_mark
from rolecall.provider.registry import RESOURCES
from rolecall.slices.counterparts import first_writes, jobs_to_run
from rolecall.slices.listed_objects import Listed, described, listed_object
from rolecall.slices.part import Part
from rolecall.systems.managed_groups import ManagedGroup
from rolecall.systems.registry import BY_NAME, ORCHESTRATORS

Properties = Mapping[str, Any]
Recorded = Mapping[tuple[str, str], Resource]


@dataclass(frozen=True)
class OwnList:
    """A list of Rolecall's own provider that may have entries which no state has.

    Attributes:
        listed: the object or group that an override has to name.
        shown: the list, as messages call it.
        token: the type of its resource.
        resource: the resource's name.
        properties: its properties after the run; for a list that the run deletes, its properties in the state.
        group: type and properties of the group whose id completes the properties; None where they are complete.
        ends: whether the run deletes the list.
    """

    listed: Listed
    shown: str
    token: str
    resource: str
    properties: Properties
    group: tuple[str, Properties] | None = None
    ends: bool = False


def first_own_lists(part: Part, state: StackState | None) -> Iterator[OwnList]:
    """Yield the lists that a run of a slice would write and that its state does not have.

    Args:
        part: the slice.
        state: its stack; None where there is none yet.
    """
    recorded = {(one.type, one.name): one for one in (state.resources if state is not None else ())}
    for one in _declared(part, recorded):
        form, known = RESOURCES[one.token].access_list, recorded.get((one.token, one.resource))
        if form is not None and not (known and form.id_of(known.inputs) == form.id_of(one.properties)):
            yield one


def changed_own_lists(part: Part, state: StackState) -> Iterator[tuple[OwnList, Properties]]:
    """Yield the lists of a state that a run of its slice would change, each with the last run's declaration.

    Args:
        part: the slice.
        state: its stack.
    """
    recorded = {(one.type, one.name): one for one in state.resources}
    for one in _declared(part, recorded):
        form, known = RESOURCES[one.token].access_list, recorded.get((one.token, one.resource))
        if form is None or known is None or not form.replaces_others or one.group is not None:
            continue
        same_list = form.id_of(known.inputs) == form.id_of(one.properties)
        if same_list and form.held(known.inputs) != form.held(one.properties):
            yield one, known.inputs


def ended_own_lists(
    part: Part | None, state: StackState, place: tuple[str, str], contract: Contract
) -> Iterator[OwnList]:
    """Yield the lists of a stack that a run deletes together with other owners' entries.

    Args:
        part: the stack's declarations; None if the run destroys it.
        state: the stack.
        place: its environment and project, each empty where it has none.
        contract: the whole contract.
    """
    declared = {(one.token, one.resource) for one in _declared(part, {})} if part is not None else set()
    for one in state.resources:
        resource = RESOURCES.get(one.type)
        form = resource.access_list if resource is not None else None
        listed = listed_object(one, *place, contract) if form is not None and form.deletes_others else None
        if listed is not None and (one.type, one.name) not in declared:
            yield OwnList(listed, _shown(listed, one.type), one.type, one.name, one.inputs, ends=True)


def _declared(part: Part, recorded: Recorded) -> Iterator[OwnList]:
    if part.slice.environment is None:
        yield from _members(part, recorded)
        return
    if part.slice.project is None:
        return
    names, contract = part.lookups.orchestrators, part.contract
    for system in ORCHESTRATORS:
        jobs = jobs_to_run(system, contract, part.compiled.access, part.slice.environment, names)
        for listed, wanted in first_writes(system, jobs):
            yield OwnList(listed, _shown(listed, wanted.token), wanted.token, wanted.name, wanted.properties)


def _members(part: Part, recorded: Recorded) -> Iterator[OwnList]:
    """Yield the members of the groups that Rolecall makes in the identity provider and fills itself."""
    contract = part.contract
    spec = BY_NAME.get(contract.identity.provider) if contract.identity is not None else None
    if spec is None or spec.managed_groups is None:
        return
    groups = spec.managed_groups()
    for key, declared in contract.groups.items():
        if declared.external:
            continue
        mark = ownership_mark(contract.organization, GroupId(key))
        group = ManagedGroup(contract, key, declared.description, mark, adopt=declared.adopt, members=declared.members)
        own = groups.group(group)
        ids = {one: _id_of(one, contract, recorded, own.token) for one in (key, *declared.includes)}
        # A group that is not there yet is in no list.
        group = replace(group, includes=[ids[one] or "" for one in declared.includes])
        members, listed, identity = groups.members(group, ids[key] or ""), GroupId(key), ids[key]
        if members is None or RESOURCES[members.token].access_list is None:
            continue
        made = None if identity else (own.token, own.properties)
        name = group_resource(contract, key)
        yield OwnList(listed, _shown(listed, members.token), members.token, name, members.properties, made)


def _id_of(key: str, contract: Contract, recorded: Recorded, token: str) -> str | None:
    """Return the id of a group in the identity provider; None where it is in no state."""
    made = recorded.get((token, group_resource(contract, key)))
    return contract.groups[key].external or (made.id if made is not None else None)


def _shown(listed: Listed, token: str) -> str:
    return f"{described(listed)} in {BY_NAME[token.split(':')[1]].title}"
