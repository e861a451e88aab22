"""Who would lose something in a slice: what its state lists against what the contract gives, without the engine."""

from __future__ import annotations

from collections.abc import Iterator

from rolecall.contract.naming import service_principal_external_id
from rolecall.engine.holders import HoldersChange, holders_of, levels_of
from rolecall.engine.state import Resource, StackState
from rolecall.ids.ids import DeployerId, GroupId, ObjectId, ServicePrincipalId, Subject, SubjectType
from rolecall.ids.verbs import Kind
from rolecall.slices.listed_objects import listed_object
from rolecall.slices.part import Part
from rolecall.systems.databricks.permissions import access_controls

# Lists that hold everybody who may do something on one object of Databricks.
WRITTEN_WHOLE = (
    "databricks:index/permissions:Permissions",
    "databricks:index/grants:Grants",
    "databricks:index/accessControlRuleSet:AccessControlRuleSet",
    "rolecall:databricks:SecretAccess",
)
SERVICE_PRINCIPAL = "databricks:index/servicePrincipal:ServicePrincipal"


def removals(part: Part, state: StackState) -> Iterator[HoldersChange]:
    """Yield everybody whom each list of a stack names, and those whom the slice would leave on it.

    Args:
        part: the slice.
        state: its stack.
    """
    called = _names(part, state)
    for resource in state.resources:
        before = holders_of(resource.type, resource.outputs) or holders_of(resource.type, resource.inputs)
        target = listed_object(resource, part.slice.environment or "", part.slice.project or "", part.contract)
        if not before or not isinstance(target, ObjectId):
            continue
        held = part.compiled.access.get(target)
        if held is None:
            # The object itself goes, not only those who hold something on it.
            continue
        after = {called[subject] for subject in held if subject in called}
        in_rules = target.kind is Kind.SERVICE_PRINCIPAL
        left = {_in_rule(subject, called[subject]) for subject in held if subject in called} if in_rules else after
        yield HoldersChange(resource.type, resource.name, tuple(sorted(before)), tuple(sorted(left)), resource.inputs)


def written_lists(part: Part, state: StackState) -> Iterator[Resource]:
    """Yield the lists of a stack that a run would write: those that declare something else than the slice gives.

    Args:
        part: the slice.
        state: its stack.
    """
    called = _names(part, state)
    for resource in state.resources:
        target = listed_object(resource, part.slice.environment or "", part.slice.project or "", part.contract)
        held = part.compiled.access.get(target) if isinstance(target, ObjectId) else None
        if held is None or not isinstance(target, ObjectId) or resource.type not in WRITTEN_WHOLE:
            continue
        in_rules = target.kind is Kind.SERVICE_PRINCIPAL
        wanted: dict[str, set[str]] = {}
        for entry in access_controls(target.kind, held):
            name = called.get(entry.subject, "")
            wanted[_in_rule(entry.subject, name) if in_rules else name] = {*entry.words}
        declared = {holder: {*words.split(", ")} for holder, words in levels_of(resource.type, resource.inputs).items()}
        if wanted != declared:
            yield resource


def _names(part: Part, state: StackState) -> dict[Subject, str]:
    """Return what the systems call each subject; one that is new is not called anything yet, and is on no list."""
    contract, environment = part.contract, part.slice.environment
    known: dict[str, ServicePrincipalId] = {}
    for project, declared in contract.projects.items() if environment is not None else ():
        for key in declared.service_principals:
            principal = ServicePrincipalId(str(environment), project, key)
            known[service_principal_external_id(contract, project, key, principal.environment)] = principal
    called: dict[Subject, str] = {}
    for one in state.resources:
        made = known.get(str(one.inputs.get("externalId"))) if one.type == SERVICE_PRINCIPAL else None
        if made is not None and one.outputs.get("applicationId"):
            called[made] = str(one.outputs["applicationId"])
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


def _in_rule(subject: Subject, called: str) -> str:
    return f"{'groups' if subject.type is SubjectType.GROUP else 'servicePrincipals'}/{called}"
