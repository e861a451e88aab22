"""Users: https://learn.microsoft.com/graph/api/resources/user."""

from __future__ import annotations

import uuid

from rolecall.emulators.application import Answer, Call, Endpoint, Json
from rolecall.emulators.entra.caller import Tenants
from rolecall.emulators.entra.directory import remove
from rolecall.emulators.entra.errors import invalid, missing
from rolecall.emulators.entra.properties import settable
from rolecall.emulators.entra.queries import Item

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
            Endpoint("GET", f"{path}/$count", lambda call: self._tenants.queries.count(call, self._items())),
            Endpoint("POST", path, self.create),
            Endpoint("GET", one, lambda call: self._tenants.one(call, self._find(call), sort="user")),
            Endpoint("PATCH", one, self.update),
            Endpoint("DELETE", one, self.delete),
            Endpoint("GET", "/v1.0/me", self.me),
            Endpoint("GET", "/v1.0/auditLogs/signIns", self.sign_ins),
        ]

    def list_all(self, call: Call) -> Answer:
        """Answer users."""
        return self._tenants.queries.page(call, self._items())

    def create(self, call: Call) -> Answer:
        """Make a user, who signs in with a password at first."""
        body = settable("user", call.body)
        for name in (*REQUIRED, "accountEnabled"):
            if body.get(name) in (None, ""):
                raise invalid(f"A value is required for property '{name}' of resource 'User'.")
        if not (body.get("passwordProfile") or {}).get("password") and not body.get("identities"):
            raise invalid("A password must be specified to create a new user.")
        now, wanted = self._tenants.now(), str(body["userPrincipalName"])
        if any(one["userPrincipalName"].lower() == wanted.lower() for one in now.users.values()):
            raise invalid("Another object with the same value for property userPrincipalName already exists.")
        made = new_user(str(uuid.uuid4()), wanted, str(body["displayName"]))
        made |= {**body, "passwordProfile": None, "createdDateTime": self._tenants.timestamp()}
        made["mail"] = body.get("mail")
        now.users[made["id"]] = made
        return Answer(self._tenants.one(call, made, sort="user"), 201)

    def update(self, call: Call) -> Answer:
        """Change parts of a user."""
        user, now = self._find(call), self._tenants.now()
        changed = settable("user", call.body)
        name = str(changed.get("userPrincipalName", "")).lower()
        if any(one["userPrincipalName"].lower() == name for one in now.users.values() if one is not user):
            raise invalid("Another object with the same value for property userPrincipalName already exists.")
        changed.pop("passwordProfile", None)
        user.update(changed)
        return Answer(None, 204)

    def delete(self, call: Call) -> Answer:
        """Remove a user from the directory and from every group; it can be had back for 30 days."""
        remove(self._tenants, "user", self._find(call)["id"])
        return Answer(None, 204)

    def me(self, call: Call) -> Json:
        """Refuse: an application has no profile of its own."""
        raise invalid("/me request is only valid with delegated authentication flow.")

    def sign_ins(self, call: Call) -> Answer:
        """Answer who signed in, latest first."""
        return self._tenants.page(call, list(reversed(self._tenants.now().sign_ins)))

    def _items(self) -> list[Item]:
        return [Item("user", one) for one in self._tenants.now().users.values()]

    def _find(self, call: Call) -> Json:
        users, identity = self._tenants.now().users, call.parameters["id"]
        by_name = {str(one["userPrincipalName"]).lower(): one for one in users.values()}
        found = users.get(identity) or by_name.get(identity.lower())
        if found is None:
            raise missing(identity)
        return found


def new_user(identity: str, name: str, display_name: str) -> Json:
    """Return a user as Graph keeps one."""
    return {
        "id": identity,
        "displayName": display_name,
        "userPrincipalName": name,
        "mail": name,
        "mailNickname": name.partition("@")[0],
        "accountEnabled": True,
        "userType": "Member",
    }
