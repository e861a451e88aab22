"""Carries requests over one pool of HTTP connections."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from ssl import PROTOCOL_TLS_CLIENT, SSLContext
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rolecall.errors import SystemRefused
from rolecall.ids.addresses import parse_address
from rolecall.sdk_patches import keep_used_connections
from rolecall.secrecy import unsendable, without_secrets
from rolecall.systems.host_timeout import host_timeout
from rolecall.systems.requests import Answer, ConnectionLost, Request

if TYPE_CHECKING:
    pass

CONNECTIONS = 16


@cache
def trusted_here() -> SSLContext:
    """Return whose certificates this machine trusts; read once, as that takes longer than a request."""
    # Commands that read no system start without it.
    import httpx

    return httpx.create_ssl_context()


def trusted_for(address: str) -> SSLContext:
    """Return the trusted certificates for an address; none for http, which is allowed on this machine only."""
    return _no_certificates() if address.startswith("http:") else trusted_here()


@cache
def _no_certificates() -> SSLContext:
    return SSLContext(PROTOCOL_TLS_CLIENT)


def require_address(address: str) -> None:
    """Stop before credentials are sent in clear, or to a host that an address only seems to name.

    Raises:
        SystemRefused: the address is not https:// (or http:// of this machine), or names a user.
    """
    try:
        parse_address(address, with_path=True)
    except ValueError as error:
        how = "Write https://HOST/PATH; http:// is for addresses of this machine, 127.0.0.1 or [::1]."
        raise SystemRefused(f"nothing is sent to the address that is set: {error}", how) from error


def require_same_host(address: str, path: str) -> None:
    """Stop before credentials follow a link to another host.

    Args:
        address: where requests go.
        path: a path, or a whole address, as answers name the next page.

    Raises:
        SystemRefused: the path leads elsewhere.
    """
    if path.startswith("/") and not path.startswith("//") and "\\" not in path:
        return
    own, other = urlsplit(address), urlsplit(path)
    if (own.scheme, own.netloc.lower()) != (other.scheme, other.netloc.lower()) or "\\" in path:
        how = "A system's answer has named another host as its own. Nothing was sent there."
        raise SystemRefused("a link leads to another host than the one that is signed in to", how)


class HttpConnections:
    """A pool of connections to one address.

    Args:
        address: where requests go.
        seconds: how long one answer may take; no longer than any host may.
        trusted: whose certificates are trusted; by default those that the machine trusts.

    Raises:
        SystemRefused: the address is none that credentials may be sent to.
    """

    def __init__(self, address: str, *, seconds: float, trusted: SSLContext | None = None) -> None:
        import httpx

        require_address(address)
        keep_used_connections()
        self._address = address
        limits = httpx.Limits(max_connections=CONNECTIONS)
        self._client = httpx.Client(
            base_url=address.rstrip("/"),
            verify=trusted or trusted_for(address),
            timeout=min(seconds, host_timeout()),
            limits=limits,
        )

    def send(self, request: Request, signed: Mapping[str, str]) -> Answer:
        """Return the answer to a request with the headers that sign it in.

        Raises:
            ConnectionLost: there was none.
            SystemRefused: a credential holds what no header may carry, or the request leads to another host, as a
                system's link to a next page may.
        """
        import httpx

        require_same_host(self._address, request.path)
        headers = {**request.headers, **signed}
        require_sendable(headers, str(self._client.base_url))
        try:
            found = self._client.request(
                request.method,
                request.path,
                params=dict(request.query) or None,
                json=request.body,
                content=request.text.encode() or None,
                headers=headers,
            )
        except httpx.TransportError as error:
            raise ConnectionLost(without_secrets(str(error)) or type(error).__name__) from error
        return Answer(
            found.status_code, {key.lower(): value for key, value in found.headers.items()}, plain(found.content)
        )


def require_sendable(headers: Mapping[str, str], address: str) -> None:
    """Stop before a library refuses a request with an error that quotes its headers.

    Raises:
        SystemRefused: a header's value holds what no header may carry.
    """
    if name := unsendable(headers):
        what = f"the credential for {address} cannot be sent: as the header `{name}` it holds a line end, a blank"
        how = "Set the variable again without it; a file's last line end is often copied along."
        raise SystemRefused(f"{what} at an end, or another character that no header may have", how)


def plain(content: bytes) -> Any:
    """Return the plain values of a JSON text; None for empty text, and for invalid JSON."""
    try:
        return json.loads(content) if content else None
    except (ValueError, RecursionError):
        # The author of a task or a name may nest it deeper than a reader can follow.
        return None
