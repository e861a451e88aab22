"""Owners of groups and applications, and directory roles, held or eligible.

https://learn.microsoft.com/graph/api/group-post-owners, …/application-post-owners and
…/rbacapplication-post-roleassignments; eligibility is made by requests, and here by its instances.
"""

from __future__ import annotations

import re
import uuid

from rolecall.emulators.application import Answer, Call, Endpoint, Json
from rolecall.emulators.entra.caller import Tenants
from rolecall.emulators.entra.errors import invalid, missing

GROUPS = "privilegedAccessGroups"
_ONE_GROUP = re.compile(r"groupId eq '([^']+)'")
HELD, ELIGIBLE = "roleAssignments", "roleEligibilityScheduleInstances"


class Administrators:
    """The routes."""

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        found: list[Endpoint] = []
        for collection in ("groups", "applications"):
            path = f"/v1.0/{collection}/{{id}}/owners"
            found += [
                Endpoint("GET", path, self.list_owners),
                Endpoint("POST", f"{path}/$ref", self.add_owner),
                Endpoint("DELETE", f"{path}/{{owner}}/$ref", self.remove_owner),
            ]
        for sort in (HELD, ELIGIBLE):
            path = f"/v1.0/roleManagement/directory/{sort}"
            found += [Endpoint("GET", path, self.list_roles), Endpoint("DELETE", f"{path}/{{role}}", self.remove_role)]
        instances = "/v1.0/identityGovernance/privilegedAccess/group"
        return [
            *found,
            Endpoint("POST", f"/v1.0/roleManagement/directory/{HELD}", self.add_role),
            Endpoint("GET", f"{instances}/eligibilityScheduleInstances", self.list_eligible),
            Endpoint("POST", f"{instances}/eligibilityScheduleRequests", self.request_eligibility),
        ]

    def list_owners(self, call: Call) -> Answer:
        """Answer the owners."""
        now = self._tenants.now()
        held = now.owners.get(self._owned(call), [])
        return self._tenants.page(call, [one for identity in held if (one := now.of(identity))])

    def add_owner(self, call: Call) -> Answer:
        """Add an owner."""
        identity = str(call.body.get("@odata.id") or "").rstrip("/").rsplit("/", 1)[-1]
        if self._tenants.now().of(identity) is None:
            raise missing(identity)
        held = self._tenants.now().owners.setdefault(self._owned(call), [])
        if identity in held:
            raise invalid("One or more added object references already exist for the following modified properties.")
        held.append(identity)
        return Answer(None, 204)

    def remove_owner(self, call: Call) -> Answer:
        """Take an owner away."""
        held = self._tenants.now().owners.get(self._owned(call), [])
        if call.parameters["owner"] not in held:
            raise missing(call.parameters["owner"])
        held.remove(call.parameters["owner"])
        return Answer(None, 204)

    def list_roles(self, call: Call) -> Answer:
        """Answer who has a directory role; with `$expand=principal`, who that is."""
        now, sort = self._tenants.now(), call.path.rstrip("/").rsplit("/", 1)[-1]
        held = [dict(one) for one in now.role_assignments.get(sort, {}).values()]
        if call.query.get("$expand") == "principal":
            held = [{**one, "principal": now.of(str(one["principalId"]))} for one in held]
        return self._tenants.page(call, held)

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
        if call.query.get("$expand") == "principal":
            held = [{**one, "principal": now.of(str(one["principalId"]))} for one in held]
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

    def _owned(self, call: Call) -> str:
        now, identity = self._tenants.now(), call.parameters["id"]
        if identity not in now.groups and identity not in now.applications:
            raise missing(identity)
        return identity
