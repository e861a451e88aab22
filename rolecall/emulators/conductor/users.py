"""Users and their roles; applications act as users too: conductor-python, UserResourceApi."""

from __future__ import annotations

from rolecall.emulators.application import Call, Endpoint, Json
from rolecall.emulators.conductor.caller import Clusters
from rolecall.emulators.conductor.errors import missing
from rolecall.emulators.conductor.models import ACCESS


class Users:
    """The routes under /api/users, as far as they read."""

    def __init__(self, clusters: Clusters) -> None:
        self._clusters = clusters

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        return [
            Endpoint("GET", "/api/users", self.list_all),
            Endpoint("GET", "/api/users/{id}", self.get),
            Endpoint("GET", "/api/users/{id}/checkPermissions", self.check),
        ]

    def list_all(self, call: Call) -> list[Json]:
        """Answer all people; with `apps`, also those that applications act as."""
        self._clusters.require_role(call)
        now = self._clusters.now()
        applications = [f"app:{identity}" for identity in now.applications] if call.query.get("apps") == "true" else []
        return [self._described(identity) for identity in (*now.users, *applications)]

    def get(self, call: Call) -> Json:
        """Answer a user."""
        self._clusters.require_role(call)
        if call.parameters["id"] not in self._clusters.now().users:
            raise missing(f"User {call.parameters['id']}")
        return self._described(call.parameters["id"])

    def check(self, call: Call) -> Json:
        """Answer what a user may do with an object: conductor-python, UserResourceApi.check_permissions.

        The client's documentation says no more of the answer than that it is an object, and not who may ask.
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
