"""Owners of groups, and administrators' roles of users and groups.

https://developer.okta.com/docs/api/openapi/okta-management/management/tag/GroupOwner/, …/RoleAssignmentAUser/ and
…/RoleAssignmentBGroup/.
"""

from __future__ import annotations

from rolecall.emulators.application import Answer, Call, Endpoint, Json
from rolecall.emulators.okta.caller import Organizations
from rolecall.emulators.okta.errors import invalid, missing
from rolecall.emulators.okta.models import new_id
from rolecall.emulators.okta.paging import Pages

# https://developer.okta.com/docs/concepts/role-assignment/#standard-role-types
TYPES = {
    "SUPER_ADMIN": "Super Administrator",
    "ORG_ADMIN": "Organizational Administrator",
    "GROUP_MEMBERSHIP_ADMIN": "Group Membership Administrator",
    "USER_ADMIN": "Group Administrator",
    "APP_ADMIN": "Application Administrator",
    "HELP_DESK_ADMIN": "Help Desk Administrator",
    "API_ACCESS_MANAGEMENT_ADMIN": "API Access Management Administrator",
    "READ_ONLY_ADMIN": "Read-Only Administrator",
}


class Administrators:
    """The routes."""

    def __init__(self, organizations: Organizations, pages: Pages) -> None:
        self._organizations = organizations
        self._pages = pages

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        owners = "/api/v1/groups/{id}/owners"
        found = [
            Endpoint("GET", owners, self.list_owners),
            Endpoint("POST", owners, self.add_owner),
            Endpoint("DELETE", f"{owners}/{{owner}}", self.remove_owner),
            Endpoint("GET", "/api/v1/iam/assignees/users", self.list_assignees),
        ]
        for path in ("/api/v1/groups/{id}/roles", "/api/v1/users/{id}/roles"):
            found += [
                Endpoint("GET", path, self.list_roles),
                Endpoint("POST", path, self.add_role),
                Endpoint("DELETE", f"{path}/{{role}}", self.remove_role),
            ]
        return found

    def list_owners(self, call: Call) -> Answer:
        """Answer a group's owners."""
        held = list(self._organizations.now().owners.get(self._group(call), {}).values())
        return self._pages.page(call, held, key=lambda one: str(one["id"]), default=1000, most=1000)

    def add_owner(self, call: Call) -> Answer:
        """Let a user or a group own a group."""
        group, now = self._group(call), self._organizations.now()
        identity, sort = str(call.body.get("id")), call.body.get("type")
        if sort not in ("USER", "GROUP"):
            raise invalid("type", "The type must be USER or GROUP")
        known = now.users if sort == "USER" else now.groups
        if identity not in known:
            raise missing(identity, "User" if sort == "USER" else "UserGroup")
        profile = known[identity].profile
        shown = profile.get("login") if sort == "USER" else profile.get("name")
        made = {"id": identity, "type": sort, "displayName": shown, "resolved": True, "originType": "OKTA_DIRECTORY"}
        now.owners.setdefault(group, {})[identity] = made
        return Answer(made, 201)

    def remove_owner(self, call: Call) -> Answer:
        """Take an owner away."""
        self._organizations.now().owners.get(self._group(call), {}).pop(call.parameters["owner"], None)
        return Answer(None, 204)

    def list_roles(self, call: Call) -> list[Json]:
        """Answer the roles of a user or a group."""
        return list(self._organizations.now().roles.get(self._holder(call), {}).values())

    def add_role(self, call: Call) -> Answer:
        """Give a user or a group a role."""
        holder, sort = self._holder(call), str(call.body.get("type"))
        if sort not in TYPES:
            raise invalid("type", "The role type is not valid")
        made = {"id": new_id("ra1"), "type": sort, "label": TYPES[sort], "status": "ACTIVE"}
        self._organizations.now().roles.setdefault(holder, {})[made["id"]] = made
        return Answer(made, 201)

    def remove_role(self, call: Call) -> Answer:
        """Take a role away."""
        self._organizations.now().roles.get(self._holder(call), {}).pop(call.parameters["role"], None)
        return Answer(None, 204)

    def list_assignees(self, call: Call) -> Json:
        """Answer the users who have a role."""
        now = self._organizations.now()
        return {"value": [{"id": one} for one, held in now.roles.items() if held and one in now.users]}

    def _group(self, call: Call) -> str:
        if call.parameters["id"] not in self._organizations.now().groups:
            raise missing(call.parameters["id"], "UserGroup")
        return call.parameters["id"]

    def _holder(self, call: Call) -> str:
        now, identity = self._organizations.now(), call.parameters["id"]
        if identity not in now.users and identity not in now.groups:
            raise missing(identity, "User")
        return identity
