"""Ways of granting access in Entra ID that the contract does not declare: owners, directory roles, direct assignments.

https://learn.microsoft.com/graph/api/group-list-owners, …/application-list-owners,
…/rbacapplication-list-roleassignments, …/rbacapplication-list-roleeligibilityscheduleinstances and
…/serviceprincipal-list-approleassignedto.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from rolecall.access.graph.live_step import LiveStep
from rolecall.access.graph.nodes import person
from rolecall.access.membership import GroupState, Members
from rolecall.access.observation import Unmanaged
from rolecall.access.ways import Ways, administrator_names
from rolecall.contract.contract import Contract
from rolecall.contract.identity_checks import issuer_addresses
from rolecall.contract.objects import objects_of
from rolecall.ids.ids import GroupId
from rolecall.ids.verbs import Kind
from rolecall.systems.entra.client import every, graph
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
    "9360feb5-f418-4baa-8175-e2a00bac4301": "Directory Writers",
    "45d8d3c5-c802-45c6-b32a-1d70b5e1e86e": "Identity Governance Administrator",
    "3a2c62db-5318-420d-8d74-23affee5d9d5": "Intune Administrator",
    "b5a8dcf3-09d5-43a9-a639-8e29ef291470": "Knowledge Administrator",
    "744ec460-397e-42ad-a462-8b3f9747a02c": "Knowledge Manager",
    "11451d60-acb2-45eb-a7d6-43d0f0125c13": "Windows 365 Administrator",
}
# Directory roles that can reset how members of a group sign in.
RESETTING_ROLES = {
    "7be44c8a-adaf-4e2a-84d6-ab2649e08a13": "Privileged Authentication Administrator",
    "c4e39bd9-1100-46d3-8c65-fb160da0071f": "Authentication Administrator",
    "729827e3-9c14-49f7-bb1b-9608f156bbb8": "Helpdesk Administrator",
    "966707d0-3269-4727-9be2-8c3a10f19b9d": "Password Administrator",
}
PRINCIPALS = "/v1.0/servicePrincipals"
READ = (
    "owners of the contract's groups",
    "owners of the applications of the contract's service principals",
    "directory roles that can edit groups or applications or reset sign-ins, active or eligible",
    "people assigned directly to the Databricks application, and groups beside the contract's",
    "secrets, certificates and federated credentials of the applications of the contract's service principals",
    "people who may activate a membership of the contract's groups (Privileged Identity Management)",
    "membership rules that fill the contract's groups",
    "owners and credentials of the service principals of those applications, and owners of the Databricks application",
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
        reads.append(pool.submit(ways.collect, READ[3], lambda: [*_assigned(application, groups)]))
        path = f"{PRINCIPALS}/{application}/owners"
        does = "may assign anybody to the Databricks application, and change what it provisions"
        reads.append(pool.submit(ways.collect, READ[7], _owners(path, "the Databricks application", known, does=does)))
    for name, group in groups.items():
        if group.state is GroupState.PRESENT and group.id:
            path = f"{GROUPS}/{group.id}/owners"
            reads.append(
                pool.submit(ways.collect, f"owners of group {name}", _owners(path, f"group {name}", known, name))
            )
            reads.append(
                pool.submit(ways.collect, f"eligible members of group {name}", _eligible(group.id, name, known))
            )
            reads.append(pool.submit(ways.collect, f"rule of group {name}", _rule(group.id, name)))
    if any(
        getattr(principal.value, "azure", False)
        for environment in contract.environments
        for principal in objects_of(contract, environment, Kind.SERVICE_PRINCIPAL)
    ):
        reads.append(pool.submit(ways.collect, READ[1], lambda: [*_applications(contract, known)]))
    for read in reads:
        read.result()
    return ways


def _owners(
    path: str, target: str, known: frozenset[str], group: str = "", does: str = ""
) -> Callable[[], list[Unmanaged]]:
    def read() -> list[Unmanaged]:
        return [
            Unmanaged(
                f"owner of {target}: {_shown(owner)}",
                does or f"may change the members of {target}, or act as it",
                f"an Entra administrator: DELETE {path}/{owner['id']}/$ref",
                (LiveStep(person(_shown(owner)), GroupId(group), "owns, and may join,"),) if group else (),
            )
            for owner in every(path)
            if not _names(owner) & known
        ]

    return read


def _eligible(identity: str, name: str, known: frozenset[str]) -> Callable[[], list[Unmanaged]]:
    """Return a function that reads who may activate a membership: https://learn.microsoft.com/graph/api/privilegedaccessgroup-list-eligibilityscheduleinstances."""
    path = "/v1.0/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances"

    def read() -> list[Unmanaged]:
        found: list[Unmanaged] = []
        for instance in every(path, filter=f"groupId eq '{identity}'", expand="principal"):
            principal = instance.get("principal") or {"id": instance.get("principalId")}
            shown = _shown(principal)
            if _names(principal) & known:
                continue
            owns = instance.get("accessId") == "owner"
            found.append(
                Unmanaged(
                    f"eligible {'owner' if owns else 'member'} of group {name}: {shown}",
                    f"may become {'an owner' if owns else 'a member'} of group {name}, which has the contract's grants",
                    "a Privileged Role Administrator ends the eligibility "
                    f"{instance.get('eligibilityScheduleId') or instance.get('id')} of the group",
                    (LiveStep(person(shown), GroupId(name), "may activate its membership of"),),
                )
            )
        return found

    return read


def _rule(identity: str, name: str) -> Callable[[], list[Unmanaged]]:
    """Return a function that reads a group's rule: https://learn.microsoft.com/entra/identity/users/groups-dynamic-membership."""

    def read() -> list[Unmanaged]:
        group = graph().get(f"{GROUPS}/{identity}")
        rule, active = group.get("membershipRule"), group.get("membershipRuleProcessingState", "On") == "On"
        if not rule or "DynamicMembership" not in (group.get("groupTypes") or ["DynamicMembership"]):
            return []
        reaches = f"fills group {name} with everybody who matches {rule}" if active else ""
        how = f"an Entra administrator: PATCH {GROUPS}/{identity} with an assigned membership type" if active else ""
        return [Unmanaged(f"membership rule of group {name}", reaches, how)]

    return read


def _keys(holder: Json, target: str, path: str) -> Iterator[Unmanaged]:
    """Yield the secrets and certificates of an application or of its service principal: the contract declares none."""
    for sort, key, action in (
        ("secret", "passwordCredentials", "removePassword"),
        ("certificate", "keyCredentials", "removeKey"),
    ):
        for credential in holder.get(key) or []:
            yield Unmanaged(
                f"{sort} {credential.get('displayName') or credential.get('keyId')} of {target}",
                f"allows its holder to sign in as {target}, a service principal of the contract",
                f"an Entra administrator: POST {path}/{action} with the keyId {credential.get('keyId')}",
            )


def _of_principal(application: Json, known: frozenset[str]) -> Iterator[Unmanaged]:
    """Yield owners and credentials of an application's service principal, which has its own.

    https://learn.microsoft.com/graph/api/serviceprincipal-list-owners and …/serviceprincipal-addpassword
    """
    for principal in every(PRINCIPALS, filter=f"appId eq '{application['appId']}'"):
        path, target = f"{PRINCIPALS}/{principal['id']}", f"service principal {application['displayName']}"
        yield from _owners(f"{path}/owners", target, known, does=f"may add credentials of {target}, and act as it")()
        yield from _keys(principal, target, path)


def _credentials(contract: Contract, application: Json, path: str) -> Iterator[Unmanaged]:
    """Yield an application's secrets, certificates and federated credentials that the contract does not declare."""
    name = application["displayName"]
    yield from _keys(application, f"application {name}", path)
    issuers = issuer_addresses(contract)
    declared = {
        (issuers[policy.issuer], policy.subject_in(environment))
        for environment in contract.environments
        for one in objects_of(contract, environment, Kind.SERVICE_PRINCIPAL)
        for policy in contract.projects[one.project].service_principals[one.key].federation_in(environment)
    }
    for credential in every(f"{path}/federatedIdentityCredentials"):
        if (str(credential.get("issuer")), str(credential.get("subject"))) not in declared:
            yield Unmanaged(
                f"federated credential {credential.get('name')} of application {name}",
                f"lets {credential.get('subject')} of {credential.get('issuer')} sign in as application {name}",
                f"an Entra administrator: DELETE {path}/federatedIdentityCredentials/{credential.get('id')}",
            )


def _applications(contract: Contract, known: frozenset[str]) -> Iterator[Unmanaged]:
    mark = f"rolecall:{contract.organization}:"
    for application in every("/v1.0/applications"):
        if mark in str(application.get("description") or application.get("notes") or ""):
            path = f"/v1.0/applications/{application['id']}/owners"
            yield from _owners(path, f"application {application['displayName']}", known)()
            yield from _credentials(contract, application, path.removesuffix("/owners"))
            yield from _of_principal(application, known)


def _roles(path: str, prefix: str, known: frozenset[str]) -> Iterator[Unmanaged]:
    for assignment in every(path, expand="principal"):
        identity = str(assignment.get("roleDefinitionId"))
        role = ROLES.get(identity) or RESETTING_ROLES.get(identity)
        does = "add anybody to" if identity in ROLES else "sign in as members of"
        principal = assignment.get("principal") or {"id": assignment.get("principalId")}
        if role is not None and not _names(principal) & known:
            yield Unmanaged(
                f"{prefix}{role} of Entra ID: {_shown(principal)}",
                f"may {does} the contract's groups or applications, and is not in `administrators`",
                f"a Privileged Role Administrator: DELETE {path}/{assignment['id']}",
            )


def _assigned(application: str, groups: Mapping[str, Members]) -> Iterator[Unmanaged]:
    path = f"/v1.0/servicePrincipals/{application}/appRoleAssignedTo"
    ours = {group.id for group in groups.values()}
    for assignment in every(path):
        shown = assignment.get("principalDisplayName") or assignment["principalId"]
        if assignment.get("principalType") == "Group" and assignment["principalId"] not in ours:
            yield Unmanaged(
                f"assignment of group {shown} to the Databricks application",
                f"provisions everybody in {shown} in Databricks, outside the contract's groups",
                f"an Entra administrator: DELETE {path}/{assignment['id']}",
            )
        if assignment.get("principalType") == "User":
            yield Unmanaged(
                f"assignment of {shown} to the Databricks application",
                "provisions a person in Databricks outside the contract's groups",
                f"an Entra administrator: DELETE {path}/{assignment['id']}",
            )


def _names(principal: Json) -> frozenset[str]:
    keys = ("id", "userPrincipalName", "appId", "displayName")
    return frozenset(str(principal[key]).casefold() for key in keys if principal.get(key))


def _shown(principal: Json) -> str:
    return str(principal.get("userPrincipalName") or principal.get("displayName") or principal.get("id"))
