"""Carries requests to the Databricks account and its workspaces, signed in by Databricks' own SDK as it knows how."""

from __future__ import annotations

import logging
import os
from typing import Any

from databricks.sdk.config import Config

from rolecall.errors import SystemRefused
from rolecall.systems.databricks.signing_in import SIGN_IN
from rolecall.systems.http import HttpConnections
from rolecall.systems.requests import Answer, Request

TIMEOUT = 60
logging.getLogger("databricks.sdk").setLevel(logging.ERROR)


class _Transport:
    """Carries requests to one address on one pool of connections."""

    def __init__(self, name: str, host: str, account_id: str | None = None) -> None:
        self._name = name
        # A workspace is asked for without the account's id, even where the environment names it.
        settings: dict[str, Any] = {"account_id": account_id} if account_id else {}
        try:
            self._config = Config(host=host, **settings)
        except ValueError as error:
            raise SystemRefused(f"{name}: {str(error).split('. ')[0]}", SIGN_IN) from error
        self._connections = HttpConnections(host, seconds=TIMEOUT)

    def send(self, request: Request) -> Answer:
        """Return the answer, whatever its status."""
        try:
            signed = self._config.authenticate()
        except (ValueError, OSError) as error:
            raise SystemRefused(f"{self._name} gives no token: {error}", SIGN_IN) from error
        return self._connections.send(request, signed)


class AccountTransport(_Transport):
    """Carries requests to the account."""

    def __init__(self) -> None:
        host = os.environ.get("DATABRICKS_ACCOUNT_HOST") or os.environ.get("DATABRICKS_HOST") or ""
        self.account_id = os.environ.get("DATABRICKS_ACCOUNT_ID") or ""
        if not host or not self.account_id:
            raise SystemRefused("the address or the id of the Databricks account is not known", SIGN_IN)
        super().__init__("the Databricks account", host, self.account_id)


class WorkspaceTransport(_Transport):
    """Carries requests to a workspace."""

    def __init__(self, host: str) -> None:
        super().__init__(f"workspace {host}", host)
