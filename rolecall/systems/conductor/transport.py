"""Carries requests to Conductor, signed in with an access key: https://orkes.io/content/access-control-and-security."""

from __future__ import annotations

import os
import threading

from rolecall.errors import SystemRefused
from rolecall.systems.conductor.signing_in import SIGN_IN
from rolecall.systems.http import HttpConnections
from rolecall.systems.requests import UNAUTHORIZED, Answer, Request

TIMEOUT = 30
# The header of conductor-python and the other clients.
HEADER = "X-Authorization"


class ConductorTransport:
    """Carries requests on one pool of connections; an expired token is renewed.

    Without an access key requests are not signed: the open-source server knows no callers, and Orkes refuses them.
    """

    def __init__(self) -> None:
        names = ("CONDUCTOR_SERVER_URL", "CONDUCTOR_AUTH_KEY", "CONDUCTOR_AUTH_SECRET")
        address, self._key, self._secret = (os.environ.get(name, "") for name in names)
        if not address:
            raise SystemRefused("no way to sign in to Conductor: its address is not set", SIGN_IN)
        self._connections = HttpConnections(address, seconds=TIMEOUT)
        self._lock = threading.Lock()
        self._token = ""

    def send(self, request: Request) -> Answer:
        """Return the answer, whatever its status."""
        if not (self._key and self._secret):
            return self._connections.send(request, {})
        token, refusal = self._signed_in("")
        if refusal is not None:
            return refusal
        answer = self._connections.send(request, {HEADER: token})
        if answer.status != UNAUTHORIZED:
            return answer
        token, refusal = self._signed_in(token)
        return refusal or self._connections.send(request, {HEADER: token})

    def _signed_in(self, ended: str) -> tuple[str, Answer | None]:
        """Return a token, another one than that which has ended; or what the server answers to the access key."""
        with self._lock:
            if not self._token or self._token == ended:
                body = {"keyId": self._key, "keySecret": self._secret}
                answer = self._connections.send(Request("POST", "/token", body=body), {})
                if not isinstance(answer.body, dict) or "token" not in answer.body:
                    return "", answer
                self._token = str(answer.body["token"])
            return self._token, None
