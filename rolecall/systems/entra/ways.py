"""Ways of granting access in Entra ID that the contract does not declare: owners, directory roles, direct assignments.

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
    "directory roles that can edit groups or applications, active or eligible",
    "people assigned directly to the Databricks application",
)


def entra_ways(contract: Contract, groups: Mapping[str, Members], pool: ThreadPoolExecutor) -> Ways:
    """Read all ways into one record; `groups` are the contract's, by its names."""
    ways = Ways(read=[*READ])
    known = administrator_names(contract)
    roles = "/v1.0/roleManagement/directory"
    reads = [
        pool.submit(ways.collect, READ[2], lambda: [*_roles(f"{roles}/roleAssignments", "", known)]),
        pool.submit(
            ways.collect,
            "eligible directory roles",
            lambda: [*_roles(f"{roles}/roleEligibilityScheduleInstances", "eligible ", known)],
        ),
    ]
    if contract.identity is not None and contract.identity.application:
        application = contract.identity.application
        reads.append(pool.submit(ways.collect, READ[3], lambda: [*_assigned(application)]))
    for name, group in groups.items():
        if group.state is GroupState.PRESENT and group.id:
            path = f"{GROUPS}/{group.id}/owners"
            reads.append(pool.submit(ways.collect, f"owners of group {name}", _owners(path, f"group {name}", known)))
    if any(
        getattr(principal.value, "azure", False)
        for environment in contract.environments
        for principal in objects_of(contract, environment, Kind.SERVICE_PRINCIPAL)
    ):
        reads.append(pool.submit(ways.collect, READ[1], lambda: [*_applications(contract, known)]))
    for read in reads:
        read.result()
    return ways


def _owners(path: str, target: str, known: frozenset[str]) -> Callable[[], list[Unmanaged]]:
    def read() -> list[Unmanaged]:
        return [
            Unmanaged(
                f"owner of {target}: {_shown(owner)}",
                f"may change the members of {target}, or act as it",
                f"an Entra administrator: DELETE {path}/{owner['id']}/$ref",
            )
            for owner in every(path)
            if not _names(owner) & known
        ]

    return read


def _applications(contract: Contract, known: frozenset[str]) -> Iterator[Unmanaged]:
    mark = f"rolecall:{contract.organization}:"
    for application in every("/v1.0/applications"):
        if mark in str(application.get("description") or application.get("notes") or ""):
            path = f"/v1.0/applications/{application['id']}/owners"
            yield from _owners(path, f"application {application['displayName']}", known)()


def _roles(path: str, prefix: str, known: frozenset[str]) -> Iterator[Unmanaged]:
    for assignment in every(path, expand="principal"):
        role = ROLES.get(str(assignment.get("roleDefinitionId")))
        principal = assignment.get("principal") or {"id": assignment.get("principalId")}
        if role is not None and not _names(principal) & known:
            yield Unmanaged(
                f"{prefix}{role} of Entra ID: {_shown(principal)}",
                "may add anybody to the contract's groups or applications, and is not in `administrators`",
                f"a Privileged Role Administrator: DELETE {path}/{assignment['id']}",
            )


def _assigned(application: str) -> Iterator[Unmanaged]:
    path = f"/v1.0/servicePrincipals/{application}/appRoleAssignedTo"
    for assignment in every(path):
        if assignment.get("principalType") == "User":
            person = assignment.get("principalDisplayName") or assignment["principalId"]
            yield Unmanaged(
                f"assignment of {person} to the Databricks application",
                "provisions a person in Databricks outside the contract's groups",
                f"an Entra administrator: DELETE {path}/{assignment['id']}",
            )


def _names(principal: Json) -> frozenset[str]:
    keys = ("id", "userPrincipalName", "appId", "displayName")
    return frozenset(str(principal[key]).casefold() for key in keys if principal.get(key))


def _shown(principal: Json) -> str:
    return str(principal.get("userPrincipalName") or principal.get("displayName") or principal.get("id"))
