"""Groups and who is in them: conductor-python, GroupResourceApi."""

from __future__ import annotations

from collections.abc import Mapping

from rolecall.emulators.application import Answer, Call, Json
from rolecall.emulators.conductor.caller import Clusters
from rolecall.emulators.conductor.errors import missing, refused
from rolecall.emulators.conductor.models import ROLES
from rolecall.emulators.routes import Routes, route


class Groups(Routes):
    """The routes under /api/groups."""

    def __init__(self, clusters: Clusters) -> None:
        self._clusters = clusters

    @route("GET", "/api/groups")
    def list_all(self, call: Call) -> list[Json]:
        """Answer all groups."""
        return [_described(identity, group) for identity, group in self._clusters.now().groups.items()]

    @route("GET", "/api/groups/{id}")
    def get(self, call: Call) -> Json:
        """Answer a group."""
        return _described(call.parameters["id"], self._find(call))

    @route("PUT", "/api/groups/{id}")
    def upsert(self, call: Call) -> Json:
        """Make a group, or change its description and roles; who is in it stays."""
        self._clusters.require_role(call)
        identity, roles = call.parameters["id"], call.body.get("roles") or []
        if unknown := [role for role in roles if role not in ROLES]:
            raise refused(400, f"Role(s) not found: {', '.join(unknown)}")
        held = self._clusters.now().groups.get(identity, {"users": []})
        made = {"description": call.body.get("description") or "", "roles": list(roles), "users": held["users"]}
        self._clusters.now().groups[identity] = made
        return _described(identity, made)

    @route("DELETE", "/api/groups/{id}")
    def delete(self, call: Call) -> Answer:
        """Remove a group and all that it holds."""
        self._clusters.require_role(call)
        self._find(call)
        identity = call.parameters["id"]
        del self._clusters.now().groups[identity]
        for held in self._clusters.now().permissions.values():
            held.pop(f"GROUP/{identity}", None)
        return Answer(None, 200)

    @route("GET", "/api/groups/{id}/permissions")
    def permissions(self, call: Call) -> Json:
        """Answer what a group holds."""
        self._find(call)
        subject = f"GROUP/{call.parameters['id']}"
        found = [
            {"target": dict(zip(("type", "id"), target.split("/", 1), strict=True)), "access": held[subject]}
            for target, held in self._clusters.now().permissions.items()
            if held.get(subject)
        ]
        return {"grantedAccess": found}

    @route("GET", "/api/groups/{id}/users")
    def users(self, call: Call) -> list[Json]:
        """Answer who is in a group."""
        now = self._clusters.now()
        return [{"id": user, "name": now.users.get(user, {}).get("name", user)} for user in self._find(call)["users"]]

    @route("POST", "/api/groups/{id}/users/{user}")
    def add_user(self, call: Call) -> Answer:
        """Put a user into a group."""
        self._clusters.require_role(call)
        users, user = self._find(call)["users"], call.parameters["user"]
        if user not in self._clusters.now().users:
            raise missing(f"User {user}")
        if user not in users:
            users.append(user)
        return Answer(None, 200)

    @route("DELETE", "/api/groups/{id}/users/{user}")
    def remove_user(self, call: Call) -> Answer:
        """Take a user out of a group."""
        self._clusters.require_role(call)
        users = self._find(call)["users"]
        if call.parameters["user"] in users:
            users.remove(call.parameters["user"])
        return Answer(None, 200)

    def _find(self, call: Call) -> Json:
        found = self._clusters.now().groups.get(call.parameters["id"])
        if found is None:
            raise missing(f"Group {call.parameters['id']}")
        return found


def _described(identity: str, group: Mapping[str, object]) -> Json:
    roles = group["roles"]
    assert isinstance(roles, list)
    return {
        "id": identity,
        "description": group["description"],
        "roles": [{"name": role, "permissions": []} for role in roles],
        "defaultAccess": {},
    }
