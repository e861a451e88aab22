"""Carries requests to Prefect Cloud, signed in with an API key: https://docs.prefect.io/v3/api-ref/rest-api."""

from __future__ import annotations

import os

from rolecall.errors import SystemRefused
from rolecall.systems.http import HttpConnections
from rolecall.systems.prefect.signing_in import SIGN_IN
from rolecall.systems.requests import Answer, Request

TIMEOUT = 60
WORKSPACES = "/workspaces/"


class PrefectTransport:
    """Carries requests on one pool of connections.

    Prefect's own server, which anybody can run, has no accounts, teams or access lists: every client may do
    everything. Access cannot be held there, and so its address is refused.
    """

    def __init__(self) -> None:
        address, self._key = os.environ.get("PREFECT_API_URL", ""), os.environ.get("PREFECT_API_KEY", "")
        if not (address and self._key):
            raise SystemRefused("no way to sign in to Prefect: its address or key is not set", SIGN_IN)
        if WORKSPACES not in address:
            what = f"PREFECT_API_URL ({address}) names no workspace; a server of your own has no access control"
            raise SystemRefused(what, SIGN_IN)
        self._connections = HttpConnections(address, seconds=TIMEOUT)

    def send(self, request: Request) -> Answer:
        """Return the answer, whatever its status."""
        return self._connections.send(request, {"Authorization": f"Bearer {self._key}"})
