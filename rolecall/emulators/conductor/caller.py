"""The cluster as routes see it, and who calls: a token that an application got for its access key, or a person's."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from rolecall.emulators.application import Call, Json
from rolecall.emulators.clock import Clock
from rolecall.emulators.conductor.errors import refused
from rolecall.emulators.conductor.models import Cluster
from rolecall.emulators.routes import Routes, route

# The header in which clients show their token (conductor-python, configuration/settings).
HEADER = "x-authorization"


@dataclass(frozen=True)
class Caller:
    """The caller by a valid token: the id of a user, which for an application is app:ID."""

    id: str


class Clusters(Routes):
    """The cluster as it is now, with what all routes need of it."""

    def __init__(self, now: Callable[[], Cluster], clock: Clock) -> None:
        self.now = now
        self.clock = clock

    def milliseconds(self) -> int:
        """Return the time as Conductor writes it."""
        return int(self.clock.now() * 1000)

    def authenticate(self, call: Call) -> Caller:
        """Return who calls; refuse a token that is not known."""
        user = self.now().tokens.get(call.headers.get(HEADER, ""))
        if user is None:
            raise refused(401, "INVALID_TOKEN")
        return Caller(user)

    def require_role(self, call: Call, *roles: str) -> None:
        """Refuse a caller who has none of some roles and is no administrator."""
        if not {"ADMIN", *roles} & self.now().roles_of(call.caller.id):
            raise refused(403, f"Access is denied: {call.caller.id} needs the role {' or '.join(['ADMIN', *roles])}")

    def require(self, call: Call, access: str, target: str) -> None:
        """Refuse a caller who may not do something."""
        if not self.now().may(call.caller.id, access, target):
            raise refused(403, f"Access is denied: {call.caller.id} has no {access} on {target}")

    @route("POST", "/api/token", needs_token=False)
    def _token(self, call: Call) -> Json:
        """Answer a token for an access key."""
        key, secret = call.body.get("keyId"), call.body.get("keySecret")
        for identity, application in self.now().applications.items():
            found = application["keys"].get(key)
            if found and found["secret"] == secret and found["status"] == "ACTIVE":
                token = f"emulated-{secrets.token_urlsafe(24)}"
                self.now().tokens[token] = f"app:{identity}"
                return {"token": token, "userId": f"app:{identity}"}
        raise refused(401, "INVALID_CREDENTIALS")

    @route("GET", "/api/token/userInfo")
    def _who(self, call: Call) -> Json:
        """Answer who calls."""
        return {"id": call.caller.id, "roles": sorted(self.now().roles_of(call.caller.id))}
