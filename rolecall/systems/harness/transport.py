"""Carries requests to Harness, signed in with an API key: https://developer.harness.io/docs/platform/automation/api."""

from __future__ import annotations

import os
from dataclasses import replace

from rolecall.errors import SystemRefused
from rolecall.systems.harness.signing_in import SIGN_IN
from rolecall.systems.http import HttpConnections
from rolecall.systems.requests import Answer, Request

TIMEOUT = 60
# The header of Harness' own clients.
HEADER = "x-api-key"
# The scope of every request, by the variable that sets it.
SCOPE = {
    "accountIdentifier": "HARNESS_ACCOUNT_ID",
    "orgIdentifier": "HARNESS_ORG_ID",
    "projectIdentifier": "HARNESS_PROJECT_ID",
}


class HarnessTransport:
    """Carries requests on one pool of connections, each to the one project unless it names another scope."""

    def __init__(self) -> None:
        address, self._key = os.environ.get("HARNESS_ENDPOINT", ""), os.environ.get("HARNESS_PLATFORM_API_KEY", "")
        self._scope = {name: os.environ.get(variable, "") for name, variable in SCOPE.items()}
        if not (address and self._key and all(self._scope.values())):
            raise SystemRefused("no way to sign in to Harness: its address, key or project is not set", SIGN_IN)
        self._connections = HttpConnections(address, seconds=TIMEOUT)

    def send(self, request: Request) -> Answer:
        """Return the response with any status. Empty parts of the scope are omitted from the request."""
        query = {name: value for name, value in {**self._scope, **request.query}.items() if value != ""}
        return self._connections.send(replace(request, query=query), {HEADER: self._key})
