"""Who would lose something in a slice: what its state lists against what the contract gives, without the engine."""

from __future__ import annotations

from collections.abc import Iterator

from rolecall.access.grant import Subject, SubjectType, Target
from rolecall.contract.verbs import Kind
from rolecall.engine.holders import HoldersChange, holders_of
from rolecall.engine.state import Resource, StackState
from rolecall.slices.listed_objects import KINDS
from rolecall.slices.part import Part

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
        target = _target(part, resource)
        if not before or target is None:
            continue
        held = part.compiled.access.get(target)
        if held is None:
            # The object itself goes, not only those who hold something on it.
            continue
        after = {called[subject] for subject in held if subject in called}
        in_rules = target.kind is Kind.SERVICE_PRINCIPAL
        left = {_in_rule(subject, called[subject]) for subject in held if subject in called} if in_rules else after
        yield HoldersChange(resource.type, resource.name, tuple(sorted(before)), tuple(sorted(left)), resource.inputs)


def _target(part: Part, resource: Resource) -> Target | None:
    environment = part.slice.environment
    kind = next((kind for name, kind in KINDS.items() if resource.inputs.get(name)), None)
    if environment is None or kind is None:
        return None
    if kind is Kind.CATALOG:
        return Target(environment, kind, resource.name)
    project = part.slice.project
    if project is None:
        return None
    return Target(environment, kind, f"{project}/{resource.name.removeprefix(f'{project}-')}")


def _names(part: Part, state: StackState) -> dict[Subject, str]:
    """Return what the systems call each subject; one that is new is not called anything yet, and is on no list."""
    called = {
        Subject(SubjectType.SERVICE_PRINCIPAL, str(one.outputs["displayName"])): str(one.outputs["applicationId"])
        for one in state.resources
        if one.type == SERVICE_PRINCIPAL and one.outputs.get("applicationId")
    }
    for name, external_id in part.external_ids.items():
        if found := part.lookups.application_ids.get(external_id):
            called[Subject(SubjectType.SERVICE_PRINCIPAL, name)] = found
    for held in part.compiled.access.values():
        for subject in held:
            if subject.type is SubjectType.GROUP:
                found_group = part.lookups.groups.get(subject.name)
                called[subject] = found_group.name if found_group else subject.name
            elif subject not in called:
                # The deployer is called by its application id everywhere.
                called[subject] = subject.name
    return called


def _in_rule(subject: Subject, called: str) -> str:
    return f"{'groups' if subject.type is SubjectType.GROUP else 'servicePrincipals'}/{called}"
