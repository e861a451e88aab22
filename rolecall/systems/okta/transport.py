"""Carries requests to Okta: signed in and sent by Okta's own SDK.

The SDK's typed methods take three seconds to import; what signs requests in (tokens, private keys, proofs of
possession) and carries them is a small part of it, and all that is needed here.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import logging
import threading
from typing import Any
from urllib.parse import urlencode

import aiohttp

# Okta's SDK has no types for these: each call of them says so to the type checker.
from okta.config.config_setter import ConfigSetter
from okta.config.config_validator import ConfigValidator
from okta.request_executor import RequestExecutor
from okta.utils import remove_empty_values

from rolecall.errors import SystemRefused
from rolecall.ids.addresses import parse_address
from rolecall.secrecy import without_secrets
from rolecall.systems.host_timeout import host_timeout
from rolecall.systems.http import require_address, require_same_host, require_sendable
from rolecall.systems.okta.signing_in import SIGN_IN
from rolecall.systems.requests import Answer, ConnectionLost, NotSent, Request

# Seconds for one answer.
TIMEOUT = 30
# The SDK logs what it raises.
for _name in ("okta-sdk-python", "okta", "aiohttp"):
    logging.getLogger(_name).disabled = True


class OktaTransport:
    """Carries requests on an event loop of its own, because the SDK is asynchronous and the rest is not."""

    def __init__(self) -> None:
        self._base, self._executor_settings = _settings()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True, name="okta").start()
        self._session: aiohttp.ClientSession | None = None
        self._executor: RequestExecutor = asyncio.run_coroutine_threadsafe(self._connect(), self._loop).result()
        atexit.register(self.close)

    def send(self, request: Request) -> Answer:
        """Return the answer, whatever its status."""
        return asyncio.run_coroutine_threadsafe(self._send(request), self._loop).result()

    def close(self) -> None:
        """Close the connections; the library warns on standard error about connections left open."""
        if self._session is not None and self._loop.is_running():
            asyncio.run_coroutine_threadsafe(self._session.close(), self._loop).result(TIMEOUT)

    async def _connect(self) -> RequestExecutor:
        class NothingKept:
            """The SDK reads a cache before it sends; reads here must be current."""

            def __init__(self) -> None:
                self._token: dict[str, Any] = {}

            def contains(self, key: str) -> bool:
                return key in self._token

            def get(self, key: str) -> Any:
                return self._token.get(key)

            def add(self, key: str, value: Any) -> None:
                if key == "OKTA_ACCESS_TOKEN":
                    self._token[key] = value

            def delete(self, key: str) -> None:
                self._token.pop(key, None)

            def create_key(self, address: str) -> str:
                return address

        executor = RequestExecutor(self._executor_settings, NothingKept())  # type: ignore[no-untyped-call]  # no types
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=min(TIMEOUT, host_timeout())))
        executor._http_client.set_session(self._session)  # noqa: SLF001 - the SDK's client sets it in the same way
        return executor

    async def _send(self, request: Request) -> Answer:
        query = f"?{urlencode(request.query)}" if request.query else ""
        # Okta's bodies are objects, and its executor takes nothing else.
        assert not isinstance(request.body, list)
        require_same_host(self._base, request.path)
        address = request.path if request.path.startswith("http") else f"{self._base}{request.path}"
        # The SDK asks for its token over a connection of its own, with five minutes of patience.
        seconds = min(TIMEOUT, host_timeout())
        try:
            made, error = await asyncio.wait_for(
                self._executor.create_request(
                    request.method,
                    f"{address}{query}",
                    request.body or {},
                    dict(request.headers),
                    keep_empty_params=True,
                ),
                seconds,
            )
        except TimeoutError as late:
            raise NotSent("it issues no token in time") from late
        if isinstance(error, aiohttp.ClientError | TimeoutError | OSError):
            raise NotSent(f"it issues no token: {without_secrets(str(error)) or type(error).__name__}")
        if error is not None:
            raise SystemRefused(f"Okta issues no token: {error}", SIGN_IN)
        require_sendable(made.get("headers") or {}, self._base)
        try:
            _, response, text, error = await asyncio.wait_for(self._executor.fire_request(made), seconds)
        except TimeoutError as late:
            raise ConnectionLost("no answer came in time") from late
        if response is None:
            raise ConnectionLost(without_secrets(str(error)) or type(error).__name__)
        return Answer(response.status, {key.lower(): value for key, value in response.headers.items()}, _parsed(text))


def _parsed(text: str | None) -> Any:
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None


def _settings() -> tuple[str, dict[str, Any]]:
    """Return the organization's address and the SDK's settings, from the environment and Okta's own files.

    Raises:
        SystemRefused: something is missing, or wrong.
    """
    settings = remove_empty_values(ConfigSetter().get_config())  # type: ignore[no-untyped-call]  # no types
    client = settings["client"]
    base = str(client.get("orgUrl") or "").rstrip("/")
    if not base:
        raise SystemRefused("Okta's address is not known", SIGN_IN)
    if isinstance(client.get("scopes"), str):
        client["scopes"] = client["scopes"].replace(",", " ").split()
    require_address(base)
    if parse_address(base, with_path=True).is_loopback:
        settings.setdefault("testing", {})["testingDisableHttpsCheck"] = True
    try:
        ConfigValidator(settings)  # type: ignore[no-untyped-call]  # no types
    except ValueError as error:
        reason = "; ".join(line for line in str(error).splitlines() if line and not line.startswith(("Errors", "See ")))
        raise SystemRefused(f"Okta's settings are not complete: {reason}", SIGN_IN) from error
    client.update({"orgUrl": base, "rateLimit": {"maxRetries": 0}})
    return base, settings
