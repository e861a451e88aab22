"""Requests to workspaces, where the bridged provider does not do."""

from __future__ import annotations

import threading
from typing import Any

from pyrate_limiter import Duration, Rate

from rolecall.systems.connections import Connection
from rolecall.systems.databricks.signing_in import SIGN_IN
from rolecall.systems.requests import Requests

# Requests a second to one workspace, as the bridged provider's own default (`rate_limit`).
PACE = Rate(15, Duration.SECOND)

_lock = threading.Lock()
_connections: dict[str, Connection] = {}


def workspace(host: str) -> Requests:
    """Return the requests to the workspace at an address."""
    with _lock:
        connection = _connections.setdefault(host, Connection(lambda: _connect(host)))
    return connection()


def _connect(host: str) -> Requests:
    return requests_to_workspace(host, host, PACE)


def requests_to_workspace(name: str, host: str, pace: Rate) -> Requests:
    """Return requests to a workspace, held to a pace.

    Args:
        name: the workspace as messages call it.
        host: its address.
        pace: how many requests are sent at most.
    """
    from rolecall.systems.databricks.account_transport import WorkspaceTransport

    return Requests(
        f"workspace {name}",
        WorkspaceTransport(host),
        pace=lambda _request: ("all", pace),
        error_of=_error_of,
        how_to_sign_in=SIGN_IN,
    )


def _error_of(body: Any) -> tuple[str, str]:
    if not isinstance(body, dict):
        return "", "no reason given"
    return str(body.get("error_code") or ""), str(body.get("message") or "no reason given")
