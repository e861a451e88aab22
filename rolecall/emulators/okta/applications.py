"""Applications and who is assigned to them.

https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationGroups/
"""

from __future__ import annotations

from rolecall.emulators.application import Answer, Call, Endpoint, Json
from rolecall.emulators.okta.caller import Organizations
from rolecall.emulators.okta.errors import invalid, missing
from rolecall.emulators.okta.models import ACTIVE, DEPROVISIONED, Application, Organization, new_id
from rolecall.emulators.okta.paging import Pages

MOST_APPLICATIONS = 200
# Assignments: "limit: default 20, maximum 200" for groups, "default 50, maximum 500" for users.
MOST_GROUPS, DEFAULT_GROUPS = 200, 20
MOST_USERS, DEFAULT_USERS = 500, 50


class Applications:
    """The routes under /api/v1/apps."""

    def __init__(self, organizations: Organizations, pages: Pages) -> None:
        self._organizations = organizations
        self._pages = pages

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        path = "/api/v1/apps"
        return [
            Endpoint("GET", path, self.list_all),
            Endpoint("POST", path, self.create),
            Endpoint("GET", f"{path}/{{id}}", self.get),
            Endpoint("GET", f"{path}/{{id}}/groups", self.list_groups),
            Endpoint("GET", f"{path}/{{id}}/groups/{{group}}", self.get_group),
            Endpoint("PUT", f"{path}/{{id}}/groups/{{group}}", self.assign_group),
            Endpoint("DELETE", f"{path}/{{id}}/groups/{{group}}", self.unassign_group),
            Endpoint("GET", f"{path}/{{id}}/users", self.list_users),
            Endpoint("POST", f"{path}/{{id}}/users", self.assign_user),
            Endpoint("DELETE", f"{path}/{{id}}/users/{{user}}", self.unassign_user),
        ]

    def list_all(self, call: Call) -> Answer:
        """Answer the applications, or those whose name or label begins with `q`."""
        found = [_described(one) for one in self._organizations.now().applications.values()]
        if prefix := call.query.get("q"):
            found = [one for one in found if prefix.lower() in (one["name"].lower(), one["label"].lower())]
        return self._pages.page(call, found, key=_key, default=20, most=MOST_APPLICATIONS)

    def get(self, call: Call) -> Json:
        """Answer an application."""
        return _described(self._find(call))

    def create(self, call: Call) -> Json:
        """Make an application."""
        label = str(call.body.get("label") or "")
        if not label:
            raise invalid("label", "The field cannot be left blank")
        name = str(call.body.get("name") or label)
        made = Application(new_id("0oa"), name, label, ACTIVE, self._organizations.timestamp())
        self._organizations.now().applications[made.id] = made
        return _described(made)

    def list_groups(self, call: Call) -> Answer:
        """Answer the groups that are assigned to an application."""
        application = self._find(call)
        found = [_group(one, body) for one, body in application.groups.items()]
        return self._pages.page(call, found, key=_key, default=DEFAULT_GROUPS, most=MOST_GROUPS)

    def get_group(self, call: Call) -> Json:
        """Answer a group's assignment."""
        application, group = self._find(call), call.parameters["group"]
        if group not in application.groups:
            raise missing(group, "ApplicationGroupAssignment")
        return _group(group, application.groups[group])

    def assign_group(self, call: Call) -> Json:
        """Assign a group, or change its assignment."""
        application, group = self._find(call), call.parameters["group"]
        if group not in self._organizations.now().groups:
            raise missing(group, "UserGroup")
        body = {"priority": call.body.get("priority", 0), "profile": call.body.get("profile") or {}}
        application.groups[group] = {**body, "lastUpdated": self._organizations.timestamp()}
        self._organizations.record(call, "group.application_assignment.add", group, application.label)
        return _group(group, application.groups[group])

    def unassign_group(self, call: Call) -> Answer:
        """Take a group's assignment away."""
        application, group = self._find(call), call.parameters["group"]
        if group not in application.groups:
            raise missing(group, "ApplicationGroupAssignment")
        del application.groups[group]
        self._organizations.record(call, "group.application_assignment.remove", group, application.label)
        return Answer(None, 204)

    def list_users(self, call: Call) -> Answer:
        """Answer everybody who is assigned to an application, one by one or through a group."""
        now = self._organizations.now()
        users = [
            {"id": one, "scope": scope, "status": ACTIVE, "profile": {}, "credentials": {"userName": name}}
            for one, scope, name in assigned_users(now, self._find(call))
        ]
        return self._pages.page(call, users, key=_key, default=DEFAULT_USERS, most=MOST_USERS)

    def assign_user(self, call: Call) -> Json:
        """Assign one user."""
        application, user = self._find(call), str(call.body.get("id"))
        if user not in self._organizations.now().users:
            raise missing(user, "User")
        application.users[user] = {"scope": "USER"}
        return {"id": user, "scope": "USER", "status": ACTIVE}

    def unassign_user(self, call: Call) -> Answer:
        """Take one user's own assignment away."""
        self._find(call).users.pop(call.parameters["user"], None)
        return Answer(None, 204)

    def _find(self, call: Call) -> Application:
        found = self._organizations.now().applications.get(call.parameters["id"])
        if found is None:
            raise missing(call.parameters["id"], "AppInstance")
        return found


def assigned_users(now: Organization, application: Application) -> list[tuple[str, str, str]]:
    """Return id, scope (USER or GROUP) and login of everybody who is assigned to an application."""
    found = dict.fromkeys(application.users, "USER")
    for group in application.groups:
        for member in now.members(group):
            found.setdefault(member, "GROUP")
    return [
        (one, scope, str(now.users[one].profile["login"]))
        for one, scope in found.items()
        if now.users[one].status != DEPROVISIONED
    ]


def _key(item: Json) -> str:
    return str(item["id"])


def _described(application: Application) -> Json:
    return {
        "id": application.id,
        "name": application.name,
        "label": application.label,
        "status": application.status,
        "created": application.created,
        "lastUpdated": application.created,
        "signOnMode": "SAML_2_0",
        "features": ["GROUP_PUSH", "PUSH_NEW_USERS"] if application.provisions else [],
        "visibility": {"autoSubmitToolbar": False, "hide": {"iOS": False, "web": False}},
        "_links": {},
    }


def _group(group: str, body: Json) -> Json:
    return {
        "id": group,
        "lastUpdated": body["lastUpdated"],
        "priority": body["priority"],
        "profile": body["profile"],
        "_links": {},
    }
