"""Who can change what runs as a principal without a right on its pipeline: by other pipelines, delegates, keys, roles.

A pipeline may name any delegate of its project, and a user who changes groups, roles or service accounts can grant
themselves a right: https://developer.harness.io/docs/platform/role-based-access-control/permissions-reference
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from rolecall.systems.harness.access import CHANGE, PIPELINE
from rolecall.systems.harness.client import every
from rolecall.systems.harness.held import ADMINISTRATORS, LEVELS, is_here
from rolecall.systems.harness.permissions import every_assignment, holder_of
from rolecall.systems.harness.resource_group import PATH as RESOURCE_GROUPS
from rolecall.systems.harness.role import PATH as ROLES
from rolecall.systems.requests import Json

# The effect of each permission, and its resource type.
POWERS: Mapping[str, tuple[str, str]] = {
    CHANGE: (PIPELINE, "change pipelines that the contract does not name, which may run on any delegate"),
    "core_delegate_edit": ("DELEGATE", "register delegates under the names of others"),
    "core_serviceaccount_edit": ("SERVICEACCOUNT", "change service accounts"),
    "core_serviceaccount_manageapikey": ("SERVICEACCOUNT", "make keys of service accounts"),
    "core_usergroup_manage": ("USERGROUP", "put people into groups"),
    "core_user_manage": ("USER", "give roles to people"),
    "core_role_edit": ("ROLE", "change what roles allow"),
    "core_resourcegroup_edit": ("RESOURCEGROUP", "change what roles are about"),
}


@dataclass(frozen=True)
class Power:
    """A role whose holder can change what runs as a principal.

    Attributes:
        holder: TYPE/ID, as role assignments name it.
        role: the role.
        what: its effect.
    """

    holder: str
    role: str
    what: tuple[str, ...]


def powers(counterparts: Collection[str]) -> Iterator[Power]:
    """Yield who has such a role in the project, wherever it was given; administrators of all are left out.

    Args:
        counterparts: identifiers of the pipelines of the contract's jobs, on which rights are compared one by one.

    Raises:
        SystemUnreachable: Harness does not answer, or a list of it is broken.
        SystemRefused: it refuses the caller, at one of the levels.
    """
    for level in LEVELS:
        roles = {
            str(one["role"]["identifier"]): {*one["role"].get("permissions", [])} & POWERS.keys()
            for one in every(ROLES, key=lambda item: str(item["role"]["identifier"]), query=level)
        }
        groups = {
            str(one["resourceGroup"]["identifier"]): dict(one["resourceGroup"])
            for one in every(RESOURCE_GROUPS, key=lambda item: str(item["resourceGroup"]["identifier"]), query=level)
        }
        for one in every_assignment({}, level):
            role = str(one["roleIdentifier"])
            if one.get("disabled") or role in ADMINISTRATORS:
                continue
            group = groups.get(str(one["resourceGroupIdentifier"]))
            reaches = sorted(name for name in roles.get(role, ()) if _is_about(group, name, counterparts))
            if reaches:
                yield Power("/".join(holder_of(one)), role, tuple(POWERS[name][1] for name in reaches))


def _is_about(group: Json | None, permission: str, counterparts: Collection[str]) -> bool:
    """Return whether a resource group holds what a permission is about; an unknown one counts as everything."""
    if group is None:
        return True
    scopes = group.get("includedScopes") or []
    if scopes and not any(is_here(one) for one in scopes):
        return False
    chosen = group.get("resourceFilter") or {}
    if chosen.get("includeAllResources"):
        return True
    kind = POWERS[permission][0]
    named = [one for one in chosen.get("resources") or [] if one["resourceType"] == kind]
    if kind != PIPELINE:
        return bool(named)
    return any(not one.get("identifiers") or {*one["identifiers"]} - {*counterparts} for one in named)
