"""Applications with their roles, tags and access keys: conductor-python, ApplicationResourceApi."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping

from rolecall.emulators.application import Answer, Call, Json
from rolecall.emulators.conductor.caller import Clusters
from rolecall.emulators.conductor.errors import missing, refused
from rolecall.emulators.conductor.models import ROLES
from rolecall.emulators.routes import Routes, route


class Applications(Routes):
    """The routes under /api/applications."""

    def __init__(self, clusters: Clusters) -> None:
        self._clusters = clusters

    @route("GET", "/api/applications")
    def list_all(self, call: Call) -> list[Json]:
        """Answer all applications."""
        return [_described(identity, one) for identity, one in self._clusters.now().applications.items()]

    @route("POST", "/api/applications")
    def create(self, call: Call) -> Json:
        """Make an application; names need not differ."""
        self._clusters.require_role(call)
        identity = str(uuid.uuid4())
        made = {"name": _name(call), "createdBy": call.caller.id, "roles": [], "tags": [], "keys": {}}
        self._clusters.now().applications[identity] = made
        return _described(identity, made)

    @route("GET", "/api/applications/{id}")
    def get(self, call: Call) -> Json:
        """Answer an application."""
        return _described(call.parameters["id"], self._find(call))

    @route("PUT", "/api/applications/{id}")
    def rename(self, call: Call) -> Json:
        """Rename an application."""
        self._clusters.require_role(call)
        found = self._find(call)
        found["name"] = _name(call)
        return _described(call.parameters["id"], found)

    @route("DELETE", "/api/applications/{id}")
    def delete(self, call: Call) -> Answer:
        """Remove an application, its keys and all that it holds."""
        self._clusters.require_role(call)
        self._find(call)
        now, identity = self._clusters.now(), call.parameters["id"]
        del now.applications[identity]
        for held in now.permissions.values():
            held.pop(f"USER/app:{identity}", None)
        now.tokens = {token: user for token, user in now.tokens.items() if user != f"app:{identity}"}
        return Answer(None, 200)

    @route("POST", "/api/applications/{id}/roles/{role}")
    def add_role(self, call: Call) -> Answer:
        """Give an application a role."""
        self._clusters.require_role(call)
        role, roles = call.parameters["role"], self._find(call)["roles"]
        if role not in ROLES:
            raise refused(400, f"Role(s) not found: {role}")
        if role not in roles:
            roles.append(role)
        return Answer(None, 200)

    @route("DELETE", "/api/applications/{id}/roles/{role}")
    def remove_role(self, call: Call) -> Answer:
        """Take a role from an application."""
        self._clusters.require_role(call)
        roles = self._find(call)["roles"]
        if call.parameters["role"] in roles:
            roles.remove(call.parameters["role"])
        return Answer(None, 200)

    @route("GET", "/api/applications/{id}/tags")
    def tags(self, call: Call) -> list[Json]:
        """Answer an application's tags."""
        return list(self._find(call)["tags"])

    @route("PUT", "/api/applications/{id}/tags")
    def add_tags(self, call: Call) -> Answer:
        """Add tags to an application."""
        self._clusters.require_role(call)
        found = self._find(call)
        found["tags"] += [tag for tag in call.items if tag not in found["tags"]]
        return Answer(None, 200)

    @route("DELETE", "/api/applications/{id}/tags")
    def remove_tags(self, call: Call) -> Answer:
        """Take tags from an application."""
        self._clusters.require_role(call)
        found = self._find(call)
        found["tags"] = [tag for tag in found["tags"] if tag not in call.items]
        return Answer(None, 200)

    @route("GET", "/api/applications/{id}/accessKeys")
    def keys(self, call: Call) -> list[Json]:
        """Answer an application's keys, without their secrets."""
        self._clusters.require_role(call)
        keys = self._find(call)["keys"]
        return [{"id": key, "status": one["status"], "createdAt": one["createdAt"]} for key, one in keys.items()]

    @route("POST", "/api/applications/{id}/accessKeys")
    def create_key(self, call: Call) -> Json:
        """Make a key; its secret is returned once."""
        self._clusters.require_role(call)
        key, secret = str(uuid.uuid4()), f"emulated-{secrets.token_urlsafe(24)}"
        created = self._clusters.milliseconds()
        self._find(call)["keys"][key] = {"secret": secret, "status": "ACTIVE", "createdAt": created}
        return {"id": key, "secret": secret}

    @route("DELETE", "/api/applications/{id}/accessKeys/{key}")
    def delete_key(self, call: Call) -> Answer:
        """Remove a key."""
        self._clusters.require_role(call)
        self._find(call)["keys"].pop(call.parameters["key"], None)
        return Answer(None, 200)

    def _find(self, call: Call) -> Json:
        found = self._clusters.now().applications.get(call.parameters["id"])
        if found is None:
            raise missing(f"Application {call.parameters['id']}")
        return found


def _name(call: Call) -> str:
    name = call.body.get("name")
    if not isinstance(name, str) or not name:
        raise refused(400, "Application name cannot be blank")
    return name


def _described(identity: str, application: Mapping[str, object]) -> Json:
    return {"id": identity, "name": application["name"], "createdBy": application["createdBy"]}
