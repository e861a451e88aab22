"""Users and their roles; applications act as users too: conductor-python, UserResourceApi."""

from __future__ import annotations

from rolecall.emulators.application import Answer, Call, Json
from rolecall.emulators.conductor.caller import Clusters
from rolecall.emulators.conductor.errors import missing, refused
from rolecall.emulators.conductor.models import ACCESS, ROLES
from rolecall.emulators.routes import Routes, route


class Users(Routes):
    """The routes under /api/users."""

    def __init__(self, clusters: Clusters) -> None:
        self._clusters = clusters

    @route("PUT", "/api/users/{id}")
    def upsert(self, call: Call) -> Json:
        """Make a user, or change name, roles and groups: conductor-python, UserResourceApi.upsert_user."""
        self._clusters.require_role(call)
        now, identity, name = self._clusters.now(), call.parameters["id"], str(call.body.get("name") or "")
        roles, groups = call.body.get("roles"), call.body.get("groups")
        if not name:
            raise refused(400, "name cannot be empty")
        if unknown := [one for one in roles or [] if one not in ROLES]:
            raise refused(400, f"Invalid role {unknown[0]}")
        if unknown := [one for one in groups or [] if one not in now.groups]:
            raise missing(f"Group {unknown[0]}")
        before = now.users.get(identity, {"roles": ["USER"]})
        now.users[identity] = {**before, "name": name, "roles": list(roles) if roles is not None else before["roles"]}
        for group, one in now.groups.items():
            if groups is not None:
                kept = [user for user in one["users"] if user != identity]
                one["users"] = [*kept, *([identity] if group in groups else [])]
        return self._described(identity)

    @route("DELETE", "/api/users/{id}")
    def delete(self, call: Call) -> Answer:
        """Remove a user with all that they hold."""
        self._clusters.require_role(call)
        now, identity = self._clusters.now(), call.parameters["id"]
        if now.users.pop(identity, None) is None:
            raise missing(f"User {identity}")
        for group in now.groups.values():
            group["users"] = [one for one in group["users"] if one != identity]
        for held in now.permissions.values():
            held.pop(f"USER/{identity}", None)
        return Answer(None, 200)

    @route("GET", "/api/users/{id}/permissions")
    def permissions(self, call: Call) -> Json:
        """Answer what was given to a user directly."""
        self._clusters.require_role(call)
        now, identity = self._clusters.now(), call.parameters["id"]
        if identity not in now.users:
            raise missing(f"User {identity}")
        found = []
        for target, held in now.permissions.items():
            if access := held.get(f"USER/{identity}"):
                sort, _, name = target.partition("/")
                found.append({"target": {"type": sort, "id": name}, "access": list(access)})
        return {"grantedAccess": found}

    @route("GET", "/api/users")
    def list_all(self, call: Call) -> list[Json]:
        """Answer all people; with `apps`, also those that applications act as."""
        self._clusters.require_role(call)
        now = self._clusters.now()
        applications = [f"app:{identity}" for identity in now.applications] if call.query.get("apps") == "true" else []
        return [self._described(identity) for identity in (*now.users, *applications)]

    @route("GET", "/api/users/{id}")
    def get(self, call: Call) -> Json:
        """Answer a user."""
        self._clusters.require_role(call)
        if call.parameters["id"] not in self._clusters.now().users:
            raise missing(f"User {call.parameters['id']}")
        return self._described(call.parameters["id"])

    @route("GET", "/api/users/{id}/checkPermissions")
    def check(self, call: Call) -> Json:
        """Answer what a user may do with an object: conductor-python, UserResourceApi.check_permissions.

        The client's documentation states only that the response is an object, and no required permission.
        """
        now, identity = self._clusters.now(), call.parameters["id"]
        if identity not in now.users and identity.removeprefix("app:") not in now.applications:
            raise missing(f"User {identity}")
        target = f"{call.query.get('type')}/{call.query.get('id')}"
        return {access: now.may(identity, access, target) for access in ACCESS}

    def _described(self, identity: str) -> Json:
        now = self._clusters.now()
        is_application = identity not in now.users
        found = now.applications[identity.removeprefix("app:")] if is_application else now.users[identity]
        return {
            "id": identity,
            "name": found["name"],
            "applicationUser": is_application,
            "roles": [{"name": role, "permissions": []} for role in found["roles"]],
            "groups": [{"id": group} for group in now.groups_of(identity)],
        }
