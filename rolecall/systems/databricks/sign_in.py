"""Sign in to Databricks: with a client secret at once, in every other way through Databricks' own SDK."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from rolecall.errors import SystemRefused
from rolecall.secrecy import without_secrets
from rolecall.systems.databricks.signing_in import SIGN_IN
from rolecall.systems.databricks.trusted_hosts import require_trusted
from rolecall.systems.host_timeout import host_timeout
from rolecall.systems.http import trusted_for
from rolecall.systems.requests import NotSent, retry_seconds

SignIn = Callable[[], Mapping[str, str]]

# Seconds before its end at which a token is not used any more; the SDK's own margin.
MARGIN = 40.0
TIMEOUT = 60.0


def sign_in(name: str, host: str, account_id: str | None) -> SignIn:
    """Return a function that returns a request's sign-in headers.

    A client id with its secret is exchanged here; the SDK knows the other ways (federation, Azure, a profile), but
    takes a second to import.

    Args:
        name: what is signed in to, as messages call it.
        host: its address.
        account_id: the account's id; None for a workspace, even where the environment names an account.

    Raises:
        SystemRefused: the environment has nothing to sign in with, or the address is not trusted.
    """
    require_trusted(name, host)
    wanted = os.environ.get("DATABRICKS_AUTH_TYPE") or "oauth-m2m"
    client, secret = os.environ.get("DATABRICKS_CLIENT_ID"), os.environ.get("DATABRICKS_CLIENT_SECRET")
    if wanted == "oauth-m2m" and client and secret:
        return ClientCredentials(name, host, account_id, client, secret)
    return _by_sdk(name, host, account_id)


class ClientCredentials:
    """A token for a client id and its secret, asked for again when it ends.

    https://docs.databricks.com/en/dev-tools/auth/oauth-m2m.html: a token lasts an hour.
    """

    def __init__(self, name: str, host: str, account_id: str | None, client: str, secret: str) -> None:
        path = f"/oidc/accounts/{account_id}/v1/token" if account_id else "/oidc/v1/token"
        self._name, self._address = name, host.rstrip("/") + path
        self._client = (client, secret)
        self._lock = threading.Lock()
        self._token, self._ends = "", float("-inf")
        self._failed: tuple[float, str] | None = None

    def __call__(self) -> Mapping[str, str]:
        """Return the headers.

        Raises:
            SystemRefused: the secret is not taken.
            NotSent: nothing answers.
        """
        asked = time.monotonic()
        with self._lock:
            # What many wait for at once is asked for once, also where no answer comes.
            if self._failed is not None and self._failed[0] > asked:
                raise NotSent(self._failed[1])
            if time.monotonic() > self._ends - MARGIN:
                self._ask()
            return {"Authorization": f"Bearer {self._token}"}

    def _ask(self) -> None:
        form = {"grant_type": "client_credentials", "scope": "all-apis"}
        try:
            seconds = min(TIMEOUT, host_timeout())
            answer = httpx.post(
                self._address, data=form, auth=self._client, timeout=seconds, verify=trusted_for(self._address)
            )
            payload = answer.json() if answer.content else {}
        except httpx.TransportError as error:
            raise self._silent(f"it issues no token: {without_secrets(str(error)) or type(error).__name__}") from error
        except (ValueError, RecursionError):
            payload = {}
        if answer.status_code >= 500:
            raise self._silent(f"it issues no token: it answers {answer.status_code}")
        if "access_token" not in payload:
            reason = payload.get("error_description") or payload.get("error") or f"it answers {answer.status_code}"
            raise SystemRefused(f"{self._name} issues no token: {reason}", SIGN_IN)
        self._token = str(payload["access_token"])
        self._ends = time.monotonic() + float(payload.get("expires_in") or 0)

    def _silent(self, why: str) -> NotSent:
        self._failed = (time.monotonic(), why)
        return NotSent(why)


def _by_sdk(name: str, host: str, account_id: str | None) -> SignIn:
    import logging

    from databricks.sdk.config import Config

    logging.getLogger("databricks.sdk").setLevel(logging.ERROR)
    # Its own patience with an address that does not answer is five minutes.
    settings: dict[str, Any] = {
        "http_timeout_seconds": min(TIMEOUT, host_timeout()),
        "retry_timeout_seconds": max(1, int(retry_seconds())),
    }
    if account_id:
        settings["account_id"] = account_id
    try:
        config = Config(host=host, **settings)
    except ValueError as error:
        raise SystemRefused(f"{name}: {str(error).split('. ')[0]}", SIGN_IN) from error

    def headers() -> Mapping[str, str]:
        try:
            return config.authenticate()
        except (ValueError, OSError) as error:
            raise SystemRefused(f"{name} issues no token: {error}", SIGN_IN) from error

    return headers
