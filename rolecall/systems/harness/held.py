"""Who may do what with pipelines, by whatever role assignment, wherever it was made.

Read are the role assignments of the project, and of the organization and the account that it belongs to, on whatever
holds a pipeline, named or among all resources. Administrators of the account and of the organization may do everything
there and are left out, as Databricks' are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from rolecall.access.effective import Access
from rolecall.ids.ids import LiveSubject, Subject, SubjectType
from rolecall.systems.harness.access import PERMISSIONS, PIPELINE
from rolecall.systems.harness.client import every, scope
from rolecall.systems.harness.identifiers import identifier
from rolecall.systems.harness.permissions import SERVICE_ACCOUNT, USER_GROUP, every_assignment, holder_of
from rolecall.systems.harness.resource_group import PATH as RESOURCE_GROUPS
from rolecall.systems.harness.role import PATH as ROLES
from rolecall.systems.harness.transport import SCOPE
from rolecall.systems.orchestrator import counterpart_of, name_of
from rolecall.systems.requests import Json

# The scope of requests about the project, its organization, and its account.
LEVELS: tuple[Mapping[str, str], ...] = (
    {},
    {"projectIdentifier": ""},
    {"projectIdentifier": "", "orgIdentifier": ""},
)
# https://developer.harness.io/docs/platform/role-based-access-control/add-manage-roles: who has one may do everything.
ADMINISTRATORS = ("_account_admin", "_organization_admin")
_TYPES = {USER_GROUP: SubjectType.GROUP, SERVICE_ACCOUNT: SubjectType.SERVICE_PRINCIPAL}
_SORTS = {subject_type: sort for sort, subject_type in _TYPES.items()}


def held_on_pipelines(given: Access, group_names: Mapping[str, str]) -> dict[str, dict[Subject, set[str]]]:
    """Return, by pipeline, which permissions everybody has on those that jobs are to have.

    Args:
        given: what Harness has to hold, by job.
        group_names: what groups are called there, by key, where that is not the key.

    Raises:
        SystemUnreachable: Harness does not answer, or a list of it is broken.
        SystemRefused: it refuses the caller, at one of the levels.
    """
    wanted = {identifier(counterpart_of(target)) for target in given}
    names = {
        (_SORTS[subject.type], identifier(name_of(subject, group_names))): subject
        for held in given.values()
        for subject in held
    }
    found: dict[str, dict[Subject, set[str]]] = {}
    with ThreadPoolExecutor(len(LEVELS)) as pool:
        for assignments in pool.map(_given_at, LEVELS):
            for assignment, permissions, group in assignments:
                for name in _covered(group, wanted):
                    subject = _subject(holder_of(assignment), names)
                    found.setdefault(name, {}).setdefault(subject, set()).update(permissions)
    return found


def _given_at(level: Mapping[str, str]) -> list[tuple[Json, set[str], Json | None]]:
    """Return a level's role assignments for pipelines, with permissions and resources of each."""
    roles = {
        str(one["role"]["identifier"]): {*one["role"].get("permissions", [])} & {*PERMISSIONS}
        for one in every(ROLES, key=lambda item: str(item["role"]["identifier"]), query=level)
    }
    groups = {
        str(one["resourceGroup"]["identifier"]): dict(one["resourceGroup"])
        for one in every(RESOURCE_GROUPS, key=lambda item: str(item["resourceGroup"]["identifier"]), query=level)
    }
    return [
        (one, permissions, groups.get(str(one["resourceGroupIdentifier"])))
        for one in every_assignment({}, level)
        if (permissions := roles.get(str(one["roleIdentifier"]), set()))
        and not one.get("disabled")
        and one["roleIdentifier"] not in ADMINISTRATORS
    ]


def _covered(group: Mapping[str, Any] | None, pipelines: Iterable[str]) -> set[str]:
    """Return which pipelines a resource group holds; where it names none of its type, it holds all of them.

    So does one that Harness does not describe, or without its scope: better reported than overlooked.
    """
    if group is None:
        return {*pipelines}
    scopes = group.get("includedScopes") or []
    if scopes and not any(is_here(one) for one in scopes):
        return set()
    chosen = group.get("resourceFilter") or {}
    if chosen.get("includeAllResources"):
        return {*pipelines}
    held: set[str] = set()
    for one in chosen.get("resources") or []:
        if one["resourceType"] == PIPELINE:
            held |= {*pipelines} & {*one["identifiers"]} if one.get("identifiers") else {*pipelines}
    return held


def is_here(included: Mapping[str, Any]) -> bool:
    """Return whether what a resource group includes is our project, or what it belongs to with all that is in it."""
    mine = [*scope().values()]
    named = [str(included[name]) for name in SCOPE if included.get(name)]
    if not named:
        return True
    return named == mine or (named == mine[: len(named)] and included.get("filter") == "INCLUDING_CHILD_SCOPES")


def _subject(principal: tuple[str, str], names: Mapping[tuple[str, str], Subject]) -> Subject:
    sort, identity = principal
    return names.get(principal) or LiveSubject(_TYPES.get(sort, SubjectType.PERSON), identity)


def administrators() -> list[tuple[str, str]]:
    """Return who has an administrator's role of the account or the organization, and which; each written TYPE/ID.

    Raises:
        SystemUnreachable: Harness does not answer, or a list of it is broken.
        SystemRefused: it refuses the caller, at one of the levels.
    """
    found: dict[tuple[str, str], None] = {}
    for level in LEVELS:
        for one in every_assignment({}, level):
            if one["roleIdentifier"] in ADMINISTRATORS and not one.get("disabled"):
                principal = one["principal"]
                found[(f"{principal['type']}/{principal['identifier']}", str(one["roleIdentifier"]))] = None
    return [*found]
