"""Directory roles, held or eligible.

https://learn.microsoft.com/graph/api/rbacapplication-post-roleassignments and …/unifiedroledefinition-list; eligibility
is made by requests, and here by its instances.
"""

from __future__ import annotations

import re
import uuid

from rolecall.emulators.application import Answer, Call, Endpoint, Json
from rolecall.emulators.entra.caller import Tenants
from rolecall.emulators.entra.errors import invalid, missing

HELD, ELIGIBLE = "roleAssignments", "roleEligibilityScheduleInstances"
GROUPS = "privilegedAccessGroups"
_ONE_GROUP = re.compile(r"groupId eq '([^']+)'")
# https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference
ROLES = {
    "62e90394-69f5-4237-9190-012177145e10": "Global Administrator",
    "e8611ab8-c189-46e8-94e1-60213ab1f814": "Privileged Role Administrator",
    "fdd7a751-b60b-444a-984c-02652fe8fa1c": "Groups Administrator",
    "fe930be7-5e62-47db-91af-98c3a49a38b1": "User Administrator",
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3": "Application Administrator",
    "158c047a-c907-4556-b7ef-446551a6b5f7": "Cloud Application Administrator",
    "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2": "Hybrid Identity Administrator",
    "f2ef992c-3afb-46b9-b7cf-a126ee74c451": "Global Reader",
    "88d8e3e3-8f55-4a1e-953a-9b9898b8876b": "Directory Readers",
}


class Administrators:
    """The routes under /v1.0/roleManagement/directory."""

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        root = "/v1.0/roleManagement/directory"
        found = [
            Endpoint("GET", f"{root}/roleDefinitions", self.list_definitions),
            Endpoint("GET", f"{root}/roleDefinitions/{{role}}", self.get_definition),
            Endpoint("GET", "/v1.0/directoryRoles", self.list_directory_roles),
            Endpoint("POST", f"{root}/{HELD}", self.add_role),
        ]
        instances = "/v1.0/identityGovernance/privilegedAccess/group"
        found.append(Endpoint("GET", f"{instances}/eligibilityScheduleInstances", self.list_eligible))
        found.append(Endpoint("POST", f"{instances}/eligibilityScheduleRequests", self.request_eligibility))
        for sort in (HELD, ELIGIBLE):
            path = f"{root}/{sort}"
            found += [
                Endpoint("GET", path, self.list_roles),
                Endpoint("GET", f"{path}/{{role}}", self.get_role),
                Endpoint("DELETE", f"{path}/{{role}}", self.remove_role),
            ]
        return found

    def list_definitions(self, call: Call) -> Answer:
        """Answer the roles that the directory has."""
        return self._tenants.page(call, [_definition(one) for one in ROLES])

    def get_definition(self, call: Call) -> Json:
        """Answer one role."""
        if call.parameters["role"] not in ROLES:
            raise missing(call.parameters["role"])
        return self._tenants.one(call, _definition(call.parameters["role"]))

    def list_directory_roles(self, call: Call) -> Answer:
        """Answer the roles of a principal."""
        held = self._tenants.now().role_assignments.get(HELD, {}).values()
        ids = dict.fromkeys(str(one["roleDefinitionId"]) for one in held)
        shown = [{"id": one, "roleTemplateId": one, "displayName": ROLES.get(one), "description": None} for one in ids]
        return self._tenants.page(call, shown)

    def list_roles(self, call: Call) -> Answer:
        """Answer who has a directory role; with `$expand=principal`, who that is."""
        sort = call.path.rstrip("/").rsplit("/", 1)[-1]
        return self._tenants.page(
            call, [dict(one) for one in self._tenants.now().role_assignments.get(sort, {}).values()]
        )

    def get_role(self, call: Call) -> Json:
        """Answer one assignment."""
        sort = call.path.rstrip("/").rsplit("/", 2)[-2]
        found = self._tenants.now().role_assignments.get(sort, {}).get(call.parameters["role"])
        if found is None:
            raise missing(call.parameters["role"])
        return self._tenants.one(call, found)

    def add_role(self, call: Call) -> Answer:
        """Give a principal a directory role."""
        body: Json = {key: call.body.get(key) for key in ("roleDefinitionId", "principalId", "directoryScopeId")}
        if self._tenants.now().of(str(body["principalId"])) is None:
            raise missing(str(body["principalId"]))
        made = {"id": str(uuid.uuid4()), **body}
        self._tenants.now().role_assignments.setdefault(HELD, {})[made["id"]] = made
        return Answer(made, 201)

    def list_eligible(self, call: Call) -> Answer:
        """Answer who may activate a membership of one group, which the filter has to name.

        https://learn.microsoft.com/graph/api/privilegedaccessgroup-list-eligibilityscheduleinstances
        """
        found = _ONE_GROUP.fullmatch(str(call.query.get("$filter") or ""))
        if found is None:
            raise invalid("The filter has to be groupId eq 'ID'.")
        now = self._tenants.now()
        held = [dict(one) for one in now.role_assignments.get(GROUPS, {}).values() if one["groupId"] == found[1]]
        return self._tenants.page(call, held)

    def request_eligibility(self, call: Call) -> Answer:
        """Let a principal activate a membership: …/privilegedaccessgroup-post-eligibilityschedulerequests."""
        body: Json = {key: call.body.get(key) for key in ("accessId", "action", "groupId", "principalId")}
        if body["action"] != "adminAssign" or body["accessId"] not in ("member", "owner"):
            raise invalid("Only adminAssign of member or owner is implemented.")
        now = self._tenants.now()
        if str(body["groupId"]) not in now.groups or now.of(str(body["principalId"])) is None:
            raise missing(str(body["principalId"]))
        made: Json = {"id": str(uuid.uuid4()), "memberType": "direct", **body}
        self._tenants.now().role_assignments.setdefault(GROUPS, {})[str(made["id"])] = made
        return Answer(made, 201)

    def remove_role(self, call: Call) -> Answer:
        """Take a role away."""
        sort = call.path.rstrip("/").rsplit("/", 2)[-2]
        if self._tenants.now().role_assignments.get(sort, {}).pop(call.parameters["role"], None) is None:
            raise missing(call.parameters["role"])
        return Answer(None, 204)


def _definition(identity: str) -> Json:
    name = {"id": identity, "templateId": identity, "displayName": ROLES[identity], "description": ROLES[identity]}
    return {
        **name,
        "isBuiltIn": True,
        "isEnabled": True,
        "resourceScopes": ["/"],
        "version": "1",
        "rolePermissions": [],
    }
