"""Ways of giving access in Entra ID that the contract does not declare: owners, directory roles, direct assignments.

https://learn.microsoft.com/graph/api/group-list-owners, …/application-list-owners,
…/rbacapplication-list-roleassignments, …/rbacapplication-list-roleeligibilityscheduleinstances and
…/serviceprincipal-list-approleassignedto.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from rolecall.access.membership import GroupState, Members
from rolecall.access.observation import Unmanaged
from rolecall.access.ways import Ways, administrator_names
from rolecall.contract.contract import Contract
from rolecall.contract.objects import objects_of
from rolecall.ids.verbs import Kind
from rolecall.systems.entra.client import every
from rolecall.systems.entra.group import PATH as GROUPS
from rolecall.systems.requests import Json

# Directory roles that can edit groups or applications:
# https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference.
ROLES = {
    "62e90394-69f5-4237-9190-012177145e10": "Global Administrator",
    "e8611ab8-c189-46e8-94e1-60213ab1f814": "Privileged Role Administrator",
    "fdd7a751-b60b-444a-984c-02652fe8fa1c": "Groups Administrator",
    "fe930be7-5e62-47db-91af-98c3a49a38b1": "User Administrator",
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3": "Application Administrator",
    "158c047a-c907-4556-b7ef-446551a6b5f7": "Cloud Application Administrator",
    "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2": "Hybrid Identity Administrator",
}
READ = (
    "owners of the contract's groups",
    "owners of the applications of the contract's service principals",
    "directory roles that can edit groups or applications, held or eligible",
    "people who are assigned to the Databricks application one by one",
)


def entra_ways(contract: Contract, groups: Mapping[str, Members], pool: ThreadPoolExecutor) -> Ways:
    """Read every way; the contract's groups by its names."""
    ways = Ways(read=[*READ])
    known = administrator_names(
        contract.databricks.deployer,
        contract.break_glass.group if contract.break_glass else None,
        contract.administrators,
    )
    roles = "/v1.0/roleManagement/directory"
    later = [
        pool.submit(ways.noted, READ[2], lambda: [*_roles(f"{roles}/roleAssignments", "", known)]),
        pool.submit(
            ways.noted,
            "eligible directory roles",
            lambda: [*_roles(f"{roles}/roleEligibilityScheduleInstances", "eligible ", known)],
        ),
    ]
    if contract.identity is not None and contract.identity.application:
        application = contract.identity.application
        later.append(pool.submit(ways.noted, READ[3], lambda: [*_assigned(application)]))
    for name, one in groups.items():
        if one.state is GroupState.PRESENT and one.id:
            path = f"{GROUPS}/{one.id}/owners"
            later.append(pool.submit(ways.noted, f"owners of group {name}", _owners(path, f"group {name}", known)))
    if any(
        getattr(one.value, "azure", False)
        for environment in contract.environments
        for one in objects_of(contract, environment, Kind.SERVICE_PRINCIPAL)
    ):
        later.append(pool.submit(ways.noted, READ[1], lambda: [*_applications(contract, known)]))
    for one_later in later:
        one_later.result()
    return ways


def _owners(path: str, what: str, known: frozenset[str]) -> Callable[[], list[Unmanaged]]:
    def read() -> list[Unmanaged]:
        return [
            Unmanaged(
                f"owner of {what}: {_shown(one)}",
                f"may change who is in or acts as {what}",
                f"an Entra administrator: DELETE {path}/{one['id']}/$ref",
            )
            for one in every(path)
            if not _names(one) & known
        ]

    return read


def _applications(contract: Contract, known: frozenset[str]) -> Iterator[Unmanaged]:
    mark = f"rolecall:{contract.organization}:"
    for application in every("/v1.0/applications"):
        if mark in str(application.get("description") or application.get("notes") or ""):
            path = f"/v1.0/applications/{application['id']}/owners"
            yield from _owners(path, f"application {application['displayName']}", known)()


def _roles(path: str, how_held: str, known: frozenset[str]) -> Iterator[Unmanaged]:
    for one in every(path, expand="principal"):
        role = ROLES.get(str(one.get("roleDefinitionId")))
        principal = one.get("principal") or {"id": one.get("principalId")}
        if role is not None and not _names(principal) & known:
            yield Unmanaged(
                f"{how_held}{role} of Entra ID: {_shown(principal)}",
                "may put anybody into the contract's groups or applications, and is not in `administrators`",
                f"a Privileged Role Administrator: DELETE {path}/{one['id']}",
            )


def _assigned(application: str) -> Iterator[Unmanaged]:
    path = f"/v1.0/servicePrincipals/{application}/appRoleAssignedTo"
    for one in every(path):
        if one.get("principalType") == "User":
            yield Unmanaged(
                f"assignment of {one.get('principalDisplayName') or one['principalId']} to the Databricks application",
                "brings a person into Databricks beside the contract's groups",
                f"an Entra administrator: DELETE {path}/{one['id']}",
            )


def _names(one: Json) -> frozenset[str]:
    keys = ("id", "userPrincipalName", "appId", "displayName")
    return frozenset(str(one[key]).casefold() for key in keys if one.get(key))


def _shown(one: Json) -> str:
    return str(one.get("userPrincipalName") or one.get("displayName") or one.get("id"))
