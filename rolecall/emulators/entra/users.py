"""Users: https://learn.microsoft.com/graph/api/resources/user."""

from __future__ import annotations

import uuid

from rolecall.emulators.application import Answer, Call, Endpoint, Json
from rolecall.emulators.entra.caller import Tenants, selected
from rolecall.emulators.entra.errors import invalid, missing

REQUIRED = ("displayName", "userPrincipalName", "mailNickname")


class Users:
    """The routes under /v1.0/users, and the log of who signed in."""

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        path, one = "/v1.0/users", "/v1.0/users/{id}"
        return [
            Endpoint("GET", path, self.list_all, knows=("$select",)),
            Endpoint("POST", path, self.create),
            Endpoint("GET", one, lambda call: selected(call, self._find(call))),
            Endpoint("PATCH", one, self.update),
            Endpoint("DELETE", one, self.delete),
            Endpoint("GET", "/v1.0/auditLogs/signIns", self.sign_ins),
        ]

    def list_all(self, call: Call) -> Answer:
        """Answer users."""
        return self._tenants.page(call, list(self._tenants.now().users.values()))

    def create(self, call: Call) -> Answer:
        """Make a user."""
        for name in REQUIRED:
            if not call.body.get(name):
                raise invalid(f"A value is required for property '{name}' of resource 'User'.")
        now = self._tenants.now()
        wanted = str(call.body["userPrincipalName"])
        if any(one["userPrincipalName"].lower() == wanted.lower() for one in now.users.values()):
            raise invalid("Another object with the same value for property userPrincipalName already exists.")
        made = new_user(str(uuid.uuid4()), wanted, str(call.body["displayName"]))
        made["accountEnabled"] = bool(call.body.get("accountEnabled", True))
        now.users[made["id"]] = made
        return Answer(made, 201)

    def update(self, call: Call) -> Answer:
        """Change parts of a user."""
        self._find(call).update({key: value for key, value in call.body.items() if key != "id"})
        return Answer(None, 204)

    def delete(self, call: Call) -> Answer:
        """Remove a user from the directory and from every group."""
        user = self._find(call)
        now = self._tenants.now()
        del now.users[user["id"]]
        for held in now.members.values():
            if user["id"] in held:
                held.remove(user["id"])
        return Answer(None, 204)

    def sign_ins(self, call: Call) -> Answer:
        """Answer who signed in, latest first."""
        return self._tenants.page(call, list(reversed(self._tenants.now().sign_ins)))

    def _find(self, call: Call) -> Json:
        users, identity = self._tenants.now().users, call.parameters["id"]
        found = users.get(identity)
        found = found or next((one for one in users.values() if one["userPrincipalName"] == identity), None)
        if found is None:
            raise missing(identity)
        return found


def new_user(identity: str, name: str, display_name: str) -> Json:
    """Return a user as Graph answers one."""
    return {
        "id": identity,
        "displayName": display_name,
        "userPrincipalName": name,
        "mail": name,
        "mailNickname": name.partition("@")[0],
        "accountEnabled": True,
        "userType": "Member",
    }
