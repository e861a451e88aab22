"""Carries requests to the Databricks account, signed in by Databricks' own SDK in any way that it knows."""

from __future__ import annotations

import logging
import os
from typing import Any

import httpx
from databricks.sdk.config import Config

from rolecall.errors import SystemRefused
from rolecall.systems.databricks.signing_in import SIGN_IN
from rolecall.systems.requests import Answer, ConnectionLost, Request

TIMEOUT = 60
CONNECTIONS = 16
logging.getLogger("databricks.sdk").setLevel(logging.ERROR)


class AccountTransport:
    """Carries requests on one pool of connections."""

    def __init__(self) -> None:
        host = os.environ.get("DATABRICKS_ACCOUNT_HOST") or os.environ.get("DATABRICKS_HOST") or ""
        self.account_id = os.environ.get("DATABRICKS_ACCOUNT_ID") or ""
        if not host or not self.account_id:
            raise SystemRefused("the address or the id of the Databricks account is not known", SIGN_IN)
        try:
            self._config = Config(host=host, account_id=self.account_id)
        except ValueError as error:
            raise SystemRefused(f"the Databricks account: {str(error).split('. ')[0]}", SIGN_IN) from error
        limits = httpx.Limits(max_connections=CONNECTIONS)
        self._client = httpx.Client(base_url=host.rstrip("/"), timeout=TIMEOUT, limits=limits)

    def send(self, request: Request) -> Answer:
        """Return the answer, whatever its status."""
        try:
            signed = self._config.authenticate()
        except (ValueError, OSError) as error:
            raise SystemRefused(f"the Databricks account gives no token: {error}", SIGN_IN) from error
        headers = {**request.headers, **signed}
        try:
            found = self._client.request(
                request.method, request.path, params=dict(request.query) or None, json=request.body, headers=headers
            )
        except httpx.TransportError as error:
            raise ConnectionLost(str(error) or type(error).__name__) from error
        return Answer(found.status_code, {key.lower(): value for key, value in found.headers.items()}, _json(found))


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json() if answer.content else None
    except ValueError:
        return None
