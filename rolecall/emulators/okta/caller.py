"""The organization as routes see it, and who calls: an SSWS token, or an OAuth token with Okta's scopes."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from joserfc.errors import JoseError

from rolecall.emulators.application import Call
from rolecall.emulators.clock import Clock
from rolecall.emulators.okta.errors import denied, unauthenticated
from rolecall.emulators.okta.models import Organization, timestamp
from rolecall.emulators.signing import SigningKey

# First part of a path to the noun in Okta's scopes: https://developer.okta.com/docs/api/oauth2/
SCOPES = {
    "groups": "groups",
    "users": "users",
    "apps": "apps",
    "authorizationServers": "authorizationServers",
    "logs": "logs",
    "policies": "policies",
    "iam": "roles",
    "meta": "schemas",
}
LOGGED_ENTRIES = 10_000


@dataclass(frozen=True)
class Caller:
    """The caller by a valid token.

    Attributes:
        name: name in the log.
        is_person: an administrator's token, not that of a service.
    """

    name: str
    is_person: bool = False


class Organizations:
    """The organization as it is now, with what all routes need of it."""

    def __init__(
        self, now: Callable[[], Organization], clock: Clock, key: SigningKey, address: Callable[[], str]
    ) -> None:
        self.now = now
        self.clock = clock
        self.key = key
        self.address = address
        self._certificate = ""

    def timestamp(self) -> str:
        """Return the time as Okta writes it."""
        return timestamp(self.clock.now())

    def later(self, at: str, seconds: float) -> str:
        """Return a time that is so many seconds after another."""
        return timestamp(datetime.fromisoformat(at).timestamp() + seconds)

    def certificate(self) -> str:
        """Return a certificate of the organization's key, as an `x5c` has it."""
        if not self._certificate:
            self._certificate = self.key.certificate("Rolecall emulated organization")
        return self._certificate

    def record(self, call: Call, event: str, target: str, name: str) -> None:
        """Write into the system log what a call did."""
        log = self.now().log
        caller = call.caller.name if isinstance(call.caller, Caller) else "unknown"
        log.append(
            {
                "uuid": str(uuid.uuid4()),
                "published": self.timestamp(),
                "eventType": event,
                "version": "0",
                "severity": "INFO",
                "displayMessage": event.replace(".", " "),
                "actor": {"id": caller, "type": "Token", "displayName": caller},
                "outcome": {"result": "SUCCESS"},
                "target": [{"id": target, "type": event.split(".")[0], "displayName": name}],
            }
        )
        del log[:-LOGGED_ENTRIES]

    def authenticate(self, call: Call) -> Caller:
        """Return who calls; refuse a token that is not known, or may not do this."""
        header = call.headers.get("authorization", "")
        scheme, _, text = header.partition(" ")
        reads = call.method == "GET"
        if header.startswith("SSWS"):
            # The typed methods of Okta's Python SDK 3.4 leave the space out.
            role = self.now().tokens.get(header.removeprefix("SSWS").strip())
            if role is None:
                raise unauthenticated()
            if role != "admin" and not reads:
                raise denied()
            return Caller(f"token {role}", is_person=True)
        if scheme.lower() != "bearer" or not text:
            raise unauthenticated()
        try:
            claims = self.key.claims(text)
        except (JoseError, ValueError) as error:
            raise unauthenticated() from error
        if claims.get("exp", 0) < self.clock.now() or claims.get("iss") != self.address():
            raise unauthenticated()
        noun = SCOPES.get(call.path.split("/")[3], "") if call.path.startswith("/api/v1/") else ""
        allowed = [f"okta.{noun}.manage", *([f"okta.{noun}.read"] if reads else [])]
        if not set(allowed) & set(claims.get("scp", [])):
            raise denied()
        return Caller(str(claims.get("cid")))
