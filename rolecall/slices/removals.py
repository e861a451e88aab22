"""Access that a slice's run would revoke: its state's lists compared with the contract's grants, without the engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from rolecall.contract.given import given_principals
from rolecall.contract.naming import service_principal_external_id
from rolecall.engine.stack_state import Resource, StackState
from rolecall.ids.ids import DeployerId, GroupId, ObjectId, ServicePrincipalId, Subject, SubjectType
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import CALLERS, INTERFACES, PERMISSIONS
from rolecall.kinds.registry import BY_NAME, TOKENS
from rolecall.slices.group_names import GroupNames, is_orchestrators
from rolecall.slices.holders import HoldersChange, holders_of, words_of
from rolecall.slices.listed_objects import listed_object
from rolecall.slices.part import Part
from rolecall.slices.token_users import token_users
from rolecall.systems.databricks.permissions import access_controls
from rolecall.systems.orchestrator import name_of

# Lists that hold everybody who may do something on one object of Databricks.
WRITTEN_WHOLE = tuple(interface.token for interface in INTERFACES if interface.whole)


def removals(part: Part, state: StackState, names: GroupNames) -> Iterator[HoldersChange]:
    """Yield everybody whom each list of a stack names, and those whom the slice would leave on it.

    Args:
        part: the slice.
        state: its stack.
        names: what the groups that it names are called now.
    """
    called = names_of(part, state.resources)
    for resource, target, held in _lists(part, state):
        before = holders_of(resource.type, resource.outputs) or holders_of(resource.type, resource.inputs)
        if before:
            after = _after(part, resource, target, held, called)
            whole = tuple(sorted({names.now(resource.type, one) for one in before}))
            left = tuple(sorted(after))
            yield HoldersChange(resource.type, resource.name, whole, left, resource.inputs)


def written_lists(part: Part, state: StackState) -> Iterator[Resource]:
    """Yield the lists of a stack that a run would write: those that declare something else than the slice gives.

    Args:
        part: the slice.
        state: its stack.
    """
    for one in state.resources if part.slice.environment is None else ():
        if one.type == PERMISSIONS.token and one.inputs.get("authorization"):
            users = token_users(part, one.name.removesuffix("-tokens"))
            if users and {*users} != holders_of(one.type, one.inputs):
                yield one
    called = names_of(part, state.resources)
    for resource, target, held in _lists(part, state):
        if resource.type not in WRITTEN_WHOLE:
            continue
        entries = access_controls(target.kind, held)
        wanted = {name_on(target, one.subject, called.get(one.subject, "")): {*one.words} for one in entries}
        if wanted != words_of(resource.type, resource.inputs):
            yield resource


def _lists(part: Part, state: StackState) -> Iterator[tuple[Resource, ObjectId, Mapping[Subject, Verb]]]:
    """Yield each resource that is about an object which the slice still has, with who holds what on the object."""
    place = part.slice.environment or "", part.slice.project or ""
    for resource in state.resources:
        target = listed_object(resource, *place, part.contract)
        held = part.compiled.access.get(target) if isinstance(target, ObjectId) else None
        if held is not None and isinstance(target, ObjectId):
            yield resource, target, held


def _after(
    part: Part, resource: Resource, target: ObjectId, held: Mapping[Subject, Verb], called: Mapping[Subject, str]
) -> set[str]:
    """Return those whom the slice would leave on a list, by their names there."""
    if resource.type == CALLERS.token:
        accounts = {f"{one.namespace}/{one.name}" for principal, one in part.callers.items() if principal in held}
        groups = {one.key for one in held if isinstance(one, GroupId)}
        return accounts | {name for key, name in part.cluster_groups.items() if key in groups}
    orchestrators = is_orchestrators(resource.type)
    return {
        name_on(target, subject, name_of(subject, part.lookups.orchestrators) if orchestrators else called[subject])
        for subject in held
        if subject in called
    }


def name_on(target: ObjectId, subject: Subject, called: str) -> str:
    """Return a subject's name on the list of an object."""
    interface = BY_NAME[target.kind].access.interface
    return interface.prefix(is_group=subject.type is SubjectType.GROUP) + called


def names_of(part: Part, resources: Iterable[Resource]) -> dict[Subject, str]:
    """Return what the systems call each subject; one that is new is not called anything yet, and is on no list."""
    contract, environment = part.contract, part.slice.environment
    known: dict[str, ServicePrincipalId] = {}
    for project, declared in contract.projects.items() if environment is not None else ():
        for key in declared.service_principals:
            principal = ServicePrincipalId(str(environment), project, key)
            known[service_principal_external_id(contract, project, key, principal.environment)] = principal
    called: dict[Subject, str] = {}
    for one in resources:
        made = known.get(str(one.inputs.get("externalId"))) if one.type == TOKENS[Kind.SERVICE_PRINCIPAL] else None
        if made is not None and one.outputs.get("applicationId"):
            called[made] = str(one.outputs["applicationId"])
    called.update((one, found) for one, found in given_principals(contract, environment).items())
    for principal, external_id in part.external_ids.items():
        if found := part.lookups.application_ids.get(external_id):
            called[principal] = found
    for held in part.compiled.access.values():
        for subject in held:
            if isinstance(subject, GroupId):
                found_group = part.lookups.groups.get(subject.key)
                called[subject] = found_group.name if found_group else subject.key
            elif isinstance(subject, DeployerId):
                called[subject] = subject.application_id
    return called
