"""What resources lead to: members, owners, groups, assignments, managers.

https://learn.microsoft.com/graph/api/resources/directoryobject and the relationships of each resource.
"""

from __future__ import annotations

from rolecall.emulators.application import Json
from rolecall.emulators.entra.models import Tenant


def reached(now: Tenant, sort: str, value: Json, name: str) -> list[tuple[str, Json]] | Json | None:
    """Return what a navigation property of a resource leads to; None where there is no such property."""
    identity = str(value.get("id"))
    if name in ("memberOf", "transitiveMemberOf") and sort in ("user", "group", "servicePrincipal"):
        groups = now.found(now.groups_of(identity, transitive=name == "transitiveMemberOf"))
        return [*groups, *(("directoryRole", one) for one in now.roles_of(identity))]
    if name == "owners" and sort in ("group", "application", "servicePrincipal"):
        return now.found(now.owners.get(identity, []))
    if name in ("members", "transitiveMembers") and sort == "group":
        return now.found(now.members.get(identity, []) if name == "members" else now.transitive_members(identity))
    if name in ("ownedObjects", "createdObjects") and sort in ("user", "servicePrincipal"):
        return now.found([key for key, owners in now.owners.items() if identity in owners])
    if name == "manager" and sort == "user":
        found = now.find(now.managers.get(identity, ""))
        return {"@odata.type": "#microsoft.graph.user", **found[1]} if found else {}
    if name == "directReports" and sort == "user":
        return now.found([key for key, manager in now.managers.items() if manager == identity])
    if name == "appRoleAssignments" and sort in ("user", "group", "servicePrincipal"):
        every = [one for held in now.assignments.values() for one in held.values()]
        return [("", one) for one in every if one["principalId"] == identity]
    if name == "appRoleAssignedTo" and sort == "servicePrincipal":
        return [("", one) for one in now.assignments.get(identity, {}).values()]
    if name == "federatedIdentityCredentials" and sort == "application":
        return [("", one) for one in now.federated.get(identity, {}).values()]
    if name == "oauth2PermissionGrants" and sort in ("user", "servicePrincipal"):
        key = "clientId" if sort == "servicePrincipal" else "principalId"
        return [("", one) for one in now.grants.values() if one.get(key) == identity]
    if name == "principal" and not sort:
        return now.of(str(value.get("principalId"))) or {}
    if name == "roleDefinition" and not sort:
        return {"id": value.get("roleDefinitionId")}
    return None
