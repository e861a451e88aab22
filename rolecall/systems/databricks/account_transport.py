"""Carries requests to the Databricks account and its workspaces."""

from __future__ import annotations

from rolecall.errors import SystemRefused
from rolecall.systems.databricks.account_address import ACCOUNT
from rolecall.systems.databricks.sign_in import SignIn, sign_in
from rolecall.systems.databricks.signing_in import SIGN_IN
from rolecall.systems.http import HttpConnections
from rolecall.systems.requests import Answer, Request

TIMEOUT = 60


class _Transport:
    """Carries requests to one address on one pool of connections."""

    def __init__(self, name: str, host: str, account_id: str | None = None) -> None:
        self.address = host
        self._sign_in: SignIn = sign_in(name, host, account_id)
        self._connections = HttpConnections(host, seconds=TIMEOUT)

    def send(self, request: Request) -> Answer:
        """Return the answer, whatever its status."""
        return self._connections.send(request, self._sign_in())


class AccountTransport(_Transport):
    """Carries requests to the account: the one that is named, or that of the environment."""

    def __init__(self, host: str | None = None, account_id: str | None = None) -> None:
        host = host or ACCOUNT.address.host
        self.account_id = account_id or ACCOUNT.address.account_id
        if not host or not self.account_id:
            raise SystemRefused("the address or the id of the Databricks account is not known", SIGN_IN)
        super().__init__("the Databricks account", host, self.account_id)


class WorkspaceTransport(_Transport):
    """Carries requests to a workspace."""

    def __init__(self, host: str) -> None:
        super().__init__(f"workspace {host}", host)
