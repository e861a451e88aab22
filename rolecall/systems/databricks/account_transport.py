"""Carries requests to the Databricks account, signed in by Databricks' own SDK in any way that it knows."""

from __future__ import annotations

import logging
import os

from databricks.sdk.config import Config

from rolecall.errors import SystemRefused
from rolecall.systems.databricks.signing_in import SIGN_IN
from rolecall.systems.http import HttpConnections
from rolecall.systems.requests import Answer, Request

TIMEOUT = 60
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
        self._connections = HttpConnections(host, seconds=TIMEOUT)

    def send(self, request: Request) -> Answer:
        """Return the answer, whatever its status."""
        try:
            signed = self._config.authenticate()
        except (ValueError, OSError) as error:
            raise SystemRefused(f"the Databricks account gives no token: {error}", SIGN_IN) from error
        return self._connections.send(request, signed)
