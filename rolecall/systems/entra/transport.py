"""Carries requests to Microsoft Graph, signed in by azure-identity.

Variables: those of azure-identity; AZURE_AUTHORITY_HOST and ROLECALL_GRAPH_HOST name another cloud (say
https://graph.microsoft.us), and ROLECALL_CA_FILE a certificate authority that is trusted beside the known ones, which
the local emulator needs.
"""

from __future__ import annotations

import logging
import os
import ssl
from typing import Any

from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.identity import CredentialUnavailableError

from rolecall import settings
from rolecall.errors import SystemRefused
from rolecall.ids.addresses import parse_address
from rolecall.systems.entra.credential import credential
from rolecall.systems.entra.signing_in import SIGN_IN
from rolecall.systems.host_timeout import host_timeout
from rolecall.systems.http import HttpConnections
from rolecall.systems.requests import Answer, NotSent, Request

GRAPH = settings.GRAPH_HOST.default
TIMEOUT = 30
# How often azure-identity asks for a token again, before our own tries.
RETRIES = 1
# azure-identity logs what it tries before it raises.
logging.getLogger("azure").setLevel(logging.CRITICAL)


class GraphTransport:
    """Carries requests on one pool of connections."""

    def __init__(self) -> None:
        authority = settings.CA_FILE.read()
        context = ssl.create_default_context()
        if authority:
            context.load_verify_locations(cafile=authority)
        self._base = settings.GRAPH_HOST.read()
        self._connections = HttpConnections(self._base, seconds=TIMEOUT, trusted=context)
        self._credential = _credential(authority)

    def send(self, request: Request) -> Answer:
        """Return the answer, whatever its status."""
        try:
            # The scope is Graph's own even where the local emulator replaces it.
            token = self._credential.get_token(f"{_resource(self._base)}/.default").token
        except CredentialUnavailableError as error:
            raise SystemRefused(f"no way to sign in to Entra ID works: {_first_line(error)}", SIGN_IN) from error
        except ClientAuthenticationError as error:
            raise SystemRefused(f"Entra ID refuses: {_first_line(error)}", SIGN_IN) from error
        except AzureError as error:
            raise NotSent(f"Entra ID issues no token: {_first_line(error)}") from error
        return self._connections.send(request, {"Authorization": f"Bearer {token}"})


def _credential(authority: str | None) -> Any:
    # The library's own patience with an address that does not answer is many minutes.
    seconds = min(TIMEOUT, host_timeout())
    options: dict[str, Any] = {"connection_timeout": seconds, "read_timeout": seconds, "retry_total": RETRIES}
    if authority:
        options |= {"connection_verify": authority, "disable_instance_discovery": True}
    return credential(os.environ, options)


def _resource(base: str) -> str:
    return GRAPH if parse_address(base).is_loopback else base


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
