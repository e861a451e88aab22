"""App roles that users, groups and service principals have, and delegated permissions.

https://learn.microsoft.com/graph/api/group-list-approleassignments and …/oauth2permissiongrant-post.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

from rolecall.emulators.application import Answer, Call, Endpoint, Json
from rolecall.emulators.entra.applications import Applications
from rolecall.emulators.entra.caller import Tenants
from rolecall.emulators.entra.directory import COLLECTIONS
from rolecall.emulators.entra.errors import conflict, invalid, missing
from rolecall.emulators.entra.navigation import reached

_GRANTED = ("clientId", "consentType", "principalId", "resourceId", "scope")


class Assignments:
    """The routes /{collection}/{id}/appRoleAssignments and /oauth2PermissionGrants."""

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants
        self._applications = Applications(tenants)

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        grants = "/v1.0/oauth2PermissionGrants"
        found = [
            Endpoint("GET", grants, lambda call: self._tenants.page(call, list(self._tenants.now().grants.values()))),
            Endpoint("POST", grants, self.grant),
            Endpoint("GET", f"{grants}/{{grant}}", lambda call: self._tenants.one(call, self._grant(call))),
            Endpoint("PATCH", f"{grants}/{{grant}}", self.change_grant),
            Endpoint("DELETE", f"{grants}/{{grant}}", self.revoke),
        ]
        for collection in ("users", "groups", "servicePrincipals"):
            path = f"/v1.0/{collection}/{{id}}/appRoleAssignments"
            found += [
                Endpoint("GET", path, self._lists(collection), knows=("$select",)),
                Endpoint("POST", path, self._assigns(collection)),
                Endpoint("DELETE", f"{path}/{{assignment}}", self._unassigns(collection)),
            ]
        return found

    def grant(self, call: Call) -> Answer:
        """Let an application act for users."""
        body: Json = {key: call.body.get(key) for key in _GRANTED}
        now = self._tenants.now()
        for name in ("clientId", "resourceId"):
            if body[name] not in now.service_principals:
                raise missing(str(body[name]))
        if body["consentType"] not in ("AllPrincipals", "Principal"):
            raise invalid("Invalid value specified for property 'consentType' of resource 'OAuth2PermissionGrant'.")
        same = ("clientId", "consentType", "principalId", "resourceId")
        if any(all(one[key] == body[key] for key in same) for one in now.grants.values()):
            raise conflict("Permission entry already exists.")
        made = {"id": uuid.uuid4().hex, **body}
        now.grants[made["id"]] = made
        return Answer(self._tenants.one(call, made), 201)

    def change_grant(self, call: Call) -> Answer:
        """Replace the scopes."""
        self._grant(call)["scope"] = call.body.get("scope")
        return Answer(None, 204)

    def revoke(self, call: Call) -> Answer:
        """Take a grant away."""
        del self._tenants.now().grants[self._grant(call)["id"]]
        return Answer(None, 204)

    def _grant(self, call: Call) -> Json:
        found = self._tenants.now().grants.get(call.parameters["grant"])
        if found is None:
            raise missing(call.parameters["grant"])
        return found

    def _lists(self, collection: str) -> Callable[[Call], Answer]:
        def answer(call: Call) -> Answer:
            found = reached(
                self._tenants.now(), COLLECTIONS[collection], self._holder(collection, call), "appRoleAssignments"
            )
            return self._tenants.page(call, [one for _, one in found] if isinstance(found, list) else [])

        return answer

    def _assigns(self, collection: str) -> Callable[[Call], Answer]:
        def assign(call: Call) -> Answer:
            holder = self._holder(collection, call)
            if call.body.get("principalId") != holder["id"]:
                raise invalid("The principalId does not match the resource that the request is made for.")
            resource = str(call.body.get("resourceId"))
            if resource not in self._tenants.now().service_principals:
                raise missing(resource)
            call.parameters = {"id": resource}
            return self._applications.assign(call)

        return assign

    def _unassigns(self, collection: str) -> Callable[[Call], Answer]:
        def unassign(call: Call) -> Answer:
            holder, wanted = self._holder(collection, call), call.parameters["assignment"]
            for held in self._tenants.now().assignments.values():
                if wanted in held and held[wanted]["principalId"] == holder["id"]:
                    del held[wanted]
                    return Answer(None, 204)
            raise missing(wanted)

        return unassign

    def _holder(self, collection: str, call: Call) -> Json:
        held = self._tenants.now().held(COLLECTIONS[collection])
        identity = call.parameters["id"]
        if collection == "users":
            identity = next((key for key, one in held.items() if one["userPrincipalName"] == identity), identity)
        if identity not in held:
            raise missing(identity)
        return held[identity]
