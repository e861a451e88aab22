"""Owners of groups, and administrators' roles of users, groups and clients.

https://developer.okta.com/docs/api/openapi/okta-management/management/tag/GroupOwner/, …/tag/RoleAssignmentAUser/,
…/tag/RoleAssignmentBGroup/, …/tag/RoleBTargetAdmin/ and …/tag/RoleECustom/.
"""

from __future__ import annotations

import base64
from collections.abc import Container

from rolecall.emulators.application import Answer, Call, Endpoint, Json
from rolecall.emulators.okta.caller import Organizations
from rolecall.emulators.okta.errors import invalid, missing, refused
from rolecall.emulators.okta.groups import described as described_group
from rolecall.emulators.okta.models import ACTIVE, new_id
from rolecall.emulators.okta.paging import Pages

# https://developer.okta.com/docs/concepts/role-assignment/#standard-role-types
TYPES = {
    "SUPER_ADMIN": "Super Administrator",
    "ORG_ADMIN": "Organizational Administrator",
    "GROUP_MEMBERSHIP_ADMIN": "Group Membership Administrator",
    "USER_ADMIN": "Group Administrator",
    "APP_ADMIN": "Application Administrator",
    "READ_ONLY_ADMIN": "Read-only Administrator",
    "HELP_DESK_ADMIN": "Help Desk Administrator",
    "REPORT_ADMIN": "Report Administrator",
    "API_ACCESS_MANAGEMENT_ADMIN": "API Access Management Administrator",
    "MOBILE_ADMIN": "Mobile Administrator",
    "ACCESS_CERTIFICATIONS_ADMIN": "Access Certifications Administrator",
    "ACCESS_REQUESTS_ADMIN": "Access Requests Administrator",
    "WORKFLOWS_ADMIN": "Workflows Administrator",
    "CUSTOM": "",
}
# Roles that may be limited to groups, and to applications; the assignments of the others have ids of their own.
_OF_GROUPS = ("USER_ADMIN", "HELP_DESK_ADMIN", "GROUP_MEMBERSHIP_ADMIN")
_OF_APPLICATIONS = ("APP_ADMIN",)
HOLDERS = {"users": "USER", "groups": "GROUP", "clients": "CLIENT"}


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
        for above in ("/api/v1/groups", "/api/v1/users", "/oauth2/v1/clients"):
            path = f"{above}/{{id}}/roles"
            groups, applications = f"{path}/{{role}}/targets/groups", f"{path}/{{role}}/targets/catalog/apps"
            found += [
                Endpoint("GET", path, self.list_roles, knows=("expand",)),
                Endpoint("POST", path, self.add_role, knows=("disableNotifications",)),
                Endpoint("GET", f"{path}/{{role}}", lambda call: self._shown(call, self._role(call))),
                Endpoint("DELETE", f"{path}/{{role}}", self.remove_role),
                Endpoint("GET", groups, self.list_group_targets),
                Endpoint("PUT", f"{groups}/{{target}}", self.add_group_target),
                Endpoint("DELETE", f"{groups}/{{target}}", self.remove_group_target),
                Endpoint("GET", applications, self.list_application_targets, knows=("status",)),
                Endpoint("PUT", f"{applications}/{{name}}", self.add_application_target),
                Endpoint("PUT", f"{applications}/{{name}}/{{target}}", self.add_application_target),
                Endpoint("DELETE", f"{applications}/{{name}}", self.remove_application_target),
                Endpoint("DELETE", f"{applications}/{{name}}/{{target}}", self.remove_application_target),
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
        if identity in now.owners.get(group, {}):
            what = "Provided owner is already assigned to this group"
            raise refused(400, "E0000001", "Api validation failed: owner", what)
        profile = known[identity].profile
        shown = f"{profile.get('firstName')} {profile.get('lastName')}" if sort == "USER" else profile.get("name")
        made = {
            "id": identity,
            "type": sort,
            "resolved": True,
            "originId": None,
            "originType": "OKTA_DIRECTORY",
            "displayName": shown,
            "lastUpdated": self._organizations.timestamp(),
        }
        now.owners.setdefault(group, {})[identity] = made
        return Answer(made, 201)

    def remove_owner(self, call: Call) -> Answer:
        """Take an owner away."""
        held = self._organizations.now().owners.get(self._group(call), {})
        if held.pop(call.parameters["owner"], None) is None:
            raise missing(call.parameters["owner"], "LinkedObject")
        return Answer(None, 204)

    def list_roles(self, call: Call) -> list[Json]:
        """Answer the roles of a user, a group or a client."""
        held = self._organizations.now().roles.get(self._holder(call), {})
        return [self._shown(call, one) for one in held.values()]

    def add_role(self, call: Call) -> Answer:
        """Give a user, a group or a client a role."""
        holder, sort, now = self._holder(call), str(call.body.get("type")), self._organizations.now()
        if sort not in TYPES:
            raise invalid("type", "The role type is not valid")
        at = self._organizations.timestamp()
        kind, custom = HOLDERS[self._above(call)], {}
        label = TYPES[sort]
        if sort == "CUSTOM":
            role, resources = str(call.body.get("role")), str(call.body.get("resource-set"))
            if role not in now.custom_roles:
                raise missing(role, "Role")
            label, custom = str(now.custom_roles[role]["label"]), {"role": role, "resource-set": resources}
        held = now.roles.setdefault(holder, {})
        own = sort not in (*_OF_GROUPS, *_OF_APPLICATIONS)
        prefix = "gra" if kind == "GROUP" else "ra1"
        identity = new_id(prefix) if own else _standing_id(sort)
        if any(one["type"] == sort and sort != "CUSTOM" for one in held.values()):
            what = "The role specified is already assigned to the user."
            raise refused(409, "E0000090", "Duplicate role assignment exception.", what)
        held[identity] = {
            "id": identity, "label": label, "type": sort, "status": ACTIVE, "created": at, "lastUpdated": at,
            "assignmentType": kind, **custom,
        }  # fmt: skip
        return Answer(self._shown(call, held[identity]), 201)

    def remove_role(self, call: Call) -> Answer:
        """Take a role away."""
        del self._organizations.now().roles[self._holder(call)][self._role(call)["id"]]
        return Answer(None, 204)

    def list_assignees(self, call: Call) -> Json:
        """Answer the users who have a role."""
        now, address = self._organizations.now(), self._organizations.address()
        found = []
        for one, held in now.roles.items():
            if held and one in now.users:
                own = f"{address}/api/v1/users/{one}"
                paths = {"roles": {"href": f"{own}/roles"}, "self": {"href": own}}
                found.append({"id": one, "orn": f"orn:okta:directory:{now.id}:users:{one}", "_links": paths})
        chosen, following = self._pages.cut(call, found, key=lambda one: str(one["id"]), default=100, most=200)
        links = {"_links": {"next": {"href": following}}} if following else {}
        return {"value": chosen, **links}

    def list_group_targets(self, call: Call) -> Answer:
        """Answer the groups that a role is limited to."""
        now, role = self._organizations.now(), self._role(call)
        held = [now.groups[one] for one in role.get("groups", []) if one in now.groups]
        found = [described_group(self._organizations, one) for one in held]
        return self._pages.page(call, found, key=lambda one: str(one["id"]), default=20, most=200)

    def add_group_target(self, call: Call) -> Answer:
        """Limit a role to a group, or to one group more."""
        role, target = self._role(call), call.parameters["target"]
        if role["type"] not in _OF_GROUPS:
            raise invalid("type", "The role cannot be limited to groups")
        if target not in self._organizations.now().groups:
            raise missing(target, "UserGroup")
        role["groups"] = [*dict.fromkeys([*role.get("groups", []), target])]
        return Answer(None, 204)

    def remove_group_target(self, call: Call) -> Answer:
        """Take a group away from what a role is limited to."""
        role, target = self._role(call), call.parameters["target"]
        if target not in role.get("groups", []):
            raise missing(target, "UserGroup")
        role["groups"].remove(target)
        return Answer(None, 204)

    def list_application_targets(self, call: Call) -> Answer:
        """Answer the applications that a role is limited to: one, or all of a name."""
        now, address, found = self._organizations.now(), self._organizations.address(), []
        for one in self._role(call).get("applications", []):
            name, _, target = one.partition("/")
            if target in now.applications:
                application = now.applications[target]
                own = {"self": {"href": f"{address}/api/v1/apps/{target}"}}
                shown = {"name": application.label, "status": application.status, "id": target, "_links": own}
            else:
                own = {"self": {"href": f"{address}/api/v1/catalog/apps/{name}"}}
                text = {"displayName": name, "category": None, "verificationStatus": "OKTA_VERIFIED"}
                shown = {"name": name, "status": ACTIVE, **text, "_links": own}
            found.append(shown)
        return self._pages.page(call, found, key=lambda one: str(one["name"]), default=20, most=200)

    def add_application_target(self, call: Call) -> Answer:
        """Limit a role to an application, or to all applications of a name."""
        role = self._role(call)
        if role["type"] not in _OF_APPLICATIONS:
            raise invalid("type", "The role cannot be limited to applications")
        target = call.parameters.get("target", "")
        if target and target not in self._organizations.now().applications:
            raise missing(target, "AppInstance")
        wanted = f"{call.parameters['name']}/{target}".rstrip("/")
        role["applications"] = [*dict.fromkeys([*role.get("applications", []), wanted])]
        return Answer(None, 204)

    def remove_application_target(self, call: Call) -> Answer:
        """Take an application away from what a role is limited to."""
        role = self._role(call)
        wanted = f"{call.parameters['name']}/{call.parameters.get('target', '')}".rstrip("/")
        if wanted not in role.get("applications", []):
            raise missing(wanted, "AppInstance")
        role["applications"].remove(wanted)
        return Answer(None, 204)

    def _group(self, call: Call) -> str:
        if call.parameters["id"] not in self._organizations.now().groups:
            raise missing(call.parameters["id"], "UserGroup")
        return call.parameters["id"]

    def _above(self, call: Call) -> str:
        return next(one for one in HOLDERS if f"/{one}/" in call.path)

    def _holder(self, call: Call) -> str:
        now, identity, above = self._organizations.now(), call.parameters["id"], self._above(call)
        everyone: dict[str, Container[str]] = {
            "users": now.users,
            "groups": now.groups,
            "clients": now.applications,
        }
        held = everyone[above]
        if identity not in held:
            raise missing(identity, {"users": "User", "groups": "UserGroup", "clients": "PublicClientApp"}[above])
        return identity

    def _role(self, call: Call) -> Json:
        held = self._organizations.now().roles.get(self._holder(call), {})
        if call.parameters["role"] not in held:
            raise missing(call.parameters["role"], "RoleAssignment")
        return held[call.parameters["role"]]

    def _shown(self, call: Call, role: Json) -> Json:
        above, address = self._above(call), self._organizations.address()
        root = "/oauth2/v1" if above == "clients" else "/api/v1"
        assignee = {"assignee": {"href": f"{address}{root}/{above}/{self._holder(call)}"}}
        kept = {key: value for key, value in role.items() if key not in ("groups", "applications")}
        return {**kept, "_links": assignee}


def _standing_id(sort: str) -> str:
    """Return the id of an assignment of a role that may be limited: it is made of the role's type."""
    return base64.b32encode(sort.encode()).decode().rstrip("=")
