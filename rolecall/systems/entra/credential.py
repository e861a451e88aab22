"""The credential for Microsoft Graph: workload identity federation in CI jobs, a secret where one is set.

GitHub's ID tokens end after five minutes, so that each sign-in requests its own instead of reading a file
(https://docs.github.com/actions/reference/security/oidc). In Azure Pipelines a task with a service connection, such as
AzureCLI@2, sets AZURESUBSCRIPTION_SERVICE_CONNECTION_ID
(https://learn.microsoft.com/python/api/azure-identity/azure.identity.azurepipelinescredential). Elsewhere
AZURE_FEDERATED_TOKEN_FILE names the token.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError
from azure.identity import (
    AzurePipelinesCredential,
    ClientAssertionCredential,
    ClientSecretCredential,
    DefaultAzureCredential,
)
from httpx import URL

from rolecall.systems.http import HttpConnections
from rolecall.systems.requests import ConnectionLost, Request

# What Entra ID accepts in a token of another issuer, unless the federated credential names another audience.
# https://learn.microsoft.com/graph/api/resources/federatedidentitycredential
AUDIENCE = "api://AzureADTokenExchange"
TOKEN_SECONDS = 30
_GITHUB = ("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")
_AZURE = ("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "SYSTEM_ACCESSTOKEN", "SYSTEM_OIDCREQUESTURI")


def credential(environment: Mapping[str, str], options: Mapping[str, Any]) -> Any:
    """Return what signs in: a secret where one is set, the identity of the CI job, else what azure-identity finds.

    Args:
        environment: environment variables.
        options: options of azure-identity's pipeline.
    """
    tenant, client = (environment.get(name, "") for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID"))
    host = environment.get("AZURE_AUTHORITY_HOST")
    own = {**options, **({"authority": host} if host else {})}
    if tenant and client:
        if secret := environment.get("AZURE_CLIENT_SECRET"):
            return ClientSecretCredential(tenant, client, secret, **own)
        connection, token, uri = (environment.get(name, "") for name in _AZURE)
        if connection and token and uri:
            ids = {"tenant_id": tenant, "client_id": client, "service_connection_id": connection}
            return AzurePipelinesCredential(**ids, system_access_token=token, **own)
        address, token = (environment.get(name, "") for name in _GITHUB)
        if address and token and not environment.get("AZURE_FEDERATED_TOKEN_FILE"):
            return ClientAssertionCredential(tenant, client, lambda: _github_token(address, token), **own)
    return DefaultAzureCredential(exclude_interactive_browser_credential=True, **options)


def _github_token(address: str, token: str) -> str:
    """Return a new ID token of the job.

    Raises:
        ServiceRequestError: GitHub does not answer.
        ClientAuthenticationError: the job may not have one: it lacks the permission `id-token: write`.
    """
    connections = HttpConnections(address.partition("?")[0], seconds=TOKEN_SECONDS)
    url = str(URL(address).copy_merge_params({"audience": AUDIENCE}))
    try:
        answer = connections.send(Request("GET", url), {"Authorization": f"Bearer {token}"})
    except ConnectionLost as error:
        raise ServiceRequestError(f"GitHub issues no ID token: {error}") from error
    found = answer.body.get("value") if isinstance(answer.body, dict) else None
    if not found:
        raise ClientAuthenticationError(
            f"GitHub issues no ID token ({answer.status}): the job needs the permission `id-token: write`"
        )
    return str(found)
