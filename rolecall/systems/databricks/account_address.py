"""Address of the Databricks account for the native provider: set once in a process, else from the environment.

The credentials of the environment go to no address but one that the run itself has from its contract or environment.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from rolecall.errors import UsageError

HOST, ACCOUNT_ID = "DATABRICKS_ACCOUNT_HOST", "DATABRICKS_ACCOUNT_ID"
# Account consoles: https://docs.databricks.com/en/dev-tools/auth/oauth-m2m.html, of AWS, Azure, Google Cloud and AWS
# GovCloud.
CONSOLES = (
    "accounts.cloud.databricks.com",
    "accounts.azuredatabricks.net",
    "accounts.gcp.databricks.com",
    "accounts.cloud.databricks.us",
)


@dataclass(frozen=True)
class AccountAddress:
    """An account: the address of its console, and its id; each empty where it is not known."""

    host: str
    account_id: str


class AccountInUse:
    """The account of this process; the first value wins."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._configured: AccountAddress | None = None

    def use(self, address: AccountAddress, *, admits: Callable[[str], bool]) -> None:
        """Let this process sign in to an account.

        Args:
            address: the account.
            admits: whether the credentials of the environment may go to a host.

        Raises:
            UsageError: the host is not one of this run, or the process already uses another account.
        """
        with self._lock:
            configured = self._configured or AccountAddress("", "")
            wanted = AccountAddress(address.host or configured.host, address.account_id or configured.account_id)
            if address.host and not (is_same(address.host, configured.host) or admits(address.host)):
                raise UsageError(
                    "`databricksHost` is not a host of this run; its credentials are sent nowhere else",
                    f"Name it as `databricks.host` in the contract, or in {HOST}.",
                )
            if self._configured is not None and not _fits(self._configured, wanted):
                how = "Deploy one contract at a time."
                raise UsageError("another Databricks account is in use by this run already", how)
            self._configured = wanted

    def forget(self) -> None:
        """Let the next account be used."""
        with self._lock:
            self._configured = None

    @property
    def address(self) -> AccountAddress:
        """The account that was set, completed from the environment."""
        configured = self._configured or AccountAddress("", "")
        return AccountAddress(
            configured.host or os.environ.get(HOST) or os.environ.get("DATABRICKS_HOST") or "",
            configured.account_id or os.environ.get(ACCOUNT_ID) or "",
        )


def _fits(one: AccountAddress, other: AccountAddress) -> bool:
    hosts = not one.host or is_same(one.host, other.host)
    return hosts and one.account_id in ("", other.account_id)


def is_same(one: str, other: str) -> bool:
    """Return whether two addresses mean the same host and port."""
    return bool(one) and _origin(one) == _origin(other)


def admitted_by_environment(host: str, environment: Mapping[str, str]) -> bool:
    """Return whether a host is the account's by the environment, or one of Databricks' own consoles."""
    named = (environment.get(HOST), environment.get("DATABRICKS_HOST"))
    return any(one and is_same(host, one) for one in named) or _origin(host) in {
        ("https", one, 443) for one in CONSOLES
    }


def _origin(address: str) -> tuple[str, str, int] | None:
    """Return scheme, host and port of an address; None where it has anything else."""
    try:
        parts = urlsplit(address if "://" in address else f"https://{address}")
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return None
    rest = parts.path.strip("/") or parts.query or parts.fragment or parts.username or parts.password
    return None if rest or not parts.hostname or "@" in parts.netloc else (parts.scheme, parts.hostname, port)


ACCOUNT = AccountInUse()
