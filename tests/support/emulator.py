"""The Databricks emulator inside a test's own process, driven through Databricks' real SDK."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from databricks.sdk import AccountClient, WorkspaceClient
from starlette.types import ASGIApp, Receive, Scope, Send

from rolecall.emulators import signing
from rolecall.emulators.databricks.emulator import DatabricksEmulator
from rolecall.emulators.installation import Installation
from rolecall.emulators.server import end, serve

DESCRIPTION: dict[str, Any] = {
    "account_id": "7c0ffee0-0000-4000-8000-000000000001",
    "workspaces": [{"name": "nonprod"}, {"name": "prod"}],
    "deployer": {"display_name": "deployer"},
    "person": "ada@example.com",
    "users": [
        {"name": "ada@example.com", "groups": ["engineers"]},
        {"name": "ben@example.com", "groups": ["engineers"]},
        {"name": "cleo@example.com", "groups": ["analysts"]},
    ],
    "groups": [
        {"name": "engineers", "external_id": "00g-engineers"},
        {"name": "analysts", "external_id": "00g-analysts"},
    ],
}


# One client for all that tests tell emulators: making one reads the machine's certificates, which takes 20 ms. Each
# request has a connection of its own: a server may close one that was idle just as the next request is sent on it.
CONTROL = httpx.Client(timeout=30, limits=httpx.Limits(max_keepalive_connections=0))


class ServedEmulator:
    """An emulator that answers, and clients for it."""

    def __init__(self, emulator: DatabricksEmulator) -> None:
        self.emulator = emulator

    @property
    def account_host(self) -> str:
        return self.emulator.addresses[""]

    def host(self, workspace: str) -> str:
        return self.emulator.addresses[workspace]

    def sign_in(self) -> dict[str, Any]:
        credentials = self.emulator.credentials
        return {"client_id": credentials.client_id, "client_secret": credentials.client_secret}

    def account(self) -> AccountClient:
        return AccountClient(host=self.account_host, account_id=self.emulator.account.id, **self.sign_in())

    def workspace(self, name: str = "nonprod") -> WorkspaceClient:
        return WorkspaceClient(host=self.host(name), auth_type="oauth-m2m", **self.sign_in())

    def as_person(self, name: str = "nonprod") -> WorkspaceClient:
        token = self.emulator.credentials.person_token
        return WorkspaceClient(host=self.host(name), token=token, auth_type="pat", client_id="", client_secret="")

    def assign(self, principal: str, level: str = "USER", workspace: str = "nonprod") -> None:
        """Assign a principal to a workspace, as an administrator would."""
        self.emulator.account.workspaces[workspace].assignments[self.id_of(principal)] = level

    def id_of(self, name: str) -> str:
        """Return the id of the principal of a name."""
        found = self.emulator.account.principals.values()
        return next(one.id for one in found if name in (one.display_name, one.user_name, one.application_id))

    def statistics(self) -> dict[str, int]:
        """Return writes and requests over all addresses."""
        told = [CONTROL.get(f"{address}/__stats").json() for address in self.emulator.addresses.values()]
        return {key: sum(int(one[key]) for one in told) for key in ("writes", "total")}

    def clear_statistics(self) -> None:
        for address in self.emulator.addresses.values():
            CONTROL.delete(f"{address}/__stats").raise_for_status()

    def fault(self, address: str, *faults: Mapping[str, object]) -> None:
        """Let an address go wrong as the faults say."""
        CONTROL.post(f"{address}/__faults", json={"faults": list(faults)}).raise_for_status()

    def faults(self, address: str) -> list[dict[str, Any]]:
        """Return an address's plan of faults as it stands."""
        told: list[dict[str, Any]] = CONTROL.get(f"{address}/__faults").raise_for_status().json()["faults"]
        return told

    def variables(self) -> dict[str, str]:
        """Return the environment variables of the test contracts."""
        return {
            "DATABRICKS_ACCOUNT_HOST": self.account_host,
            "DATABRICKS_ACCOUNT_ID": self.emulator.account.id,
            "DATABRICKS_CLIENT_ID": self.emulator.credentials.client_id,
            "DATABRICKS_CLIENT_SECRET": self.emulator.credentials.client_secret,
            "ML_NONPROD_HOST": self.emulator.addresses.get("nonprod") or self.emulator.addresses["ml-nonprod"],
            "ML_PROD_HOST": self.emulator.addresses.get("prod") or self.emulator.addresses["ml-prod"],
            "DATABRICKS_RATE_LIMIT": "500",
        }


@dataclass
class Strictness:
    """Whether emulators answer 501 to what they do not know. Off for the engine's tests, until they know all of it."""

    is_on: bool = True


STRICT = Strictness()

# Every test has emulators of its own; one key for each worker is enough, and saves minutes.
signing.new_key = cache(signing.new_key)


@contextmanager
def served(
    description: Mapping[str, Any] = DESCRIPTION,
    *,
    small_pages: bool = True,
    saved: dict[str, Any] | None = None,
    written: Callable[[], None] | None = None,
) -> Iterator[ServedEmulator]:
    """Serve a Databricks emulator for the length of a `with` block; arguments as `served_together`."""
    kept = {"databricks": saved} if saved else None
    described = {"databricks": dict(description)}
    with served_together(described, small_pages=small_pages, saved=kept, written=written) as installation:
        yield ServedEmulator(installation.get(DatabricksEmulator))


@contextmanager
def served_together(
    description: Mapping[str, Any],
    *,
    small_pages: bool = True,
    saved: dict[str, Any] | None = None,
    first_port: int = 0,
    written: Callable[[], None] | None = None,
) -> Iterator[Installation]:
    """Serve several emulators for the length of a `with` block, with what goes on between them.

    `written` is called after every request that may have changed something, before the next one is answered.
    """
    strict = STRICT.is_on
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(
            dict(description), Path(folder), first_port=first_port, small_pages=small_pages, saved=saved
        )

        if strict:
            installation.be_strict()

        async def main() -> None:
            working = [asyncio.create_task(one()) for one in installation.beside()]
            applications = installation.served()
            if written is not None:
                applications = [replace(one, application=_observed(one.application, written)) for one in applications]
            await serve(applications, ready.set, stop)
            await end(working)

        def run() -> None:
            asyncio.set_event_loop(loop)
            loop.run_until_complete(main())
            loop.close()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        assert ready.wait(20)
        try:
            yield installation
        finally:
            loop.call_soon_threadsafe(stop.set)
            thread.join(20)


def _observed(application: ASGIApp, written: Callable[[], None]) -> ASGIApp:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await application(scope, receive, send)
        if scope["type"] == "http" and scope["method"] != "GET" and not scope["path"].startswith("/__"):
            written()

    return answer
