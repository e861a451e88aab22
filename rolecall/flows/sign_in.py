"""Sign a worker in to Databricks with its own short-lived token, and with nothing that lasts.

https://docs.databricks.com/en/dev-tools/auth/oauth-federation.html: Databricks' SDK exchanges the token that the
platform gives the worker (a file, a variable, GitHub's) for one of exactly the service principal whose federation
policy names the worker.
"""

from __future__ import annotations

from collections.abc import Mapping

from databricks.sdk import WorkspaceClient
from databricks.sdk.config import Config

from rolecall.errors import UsageError

LASTING = ("DATABRICKS_TOKEN", "DATABRICKS_CLIENT_SECRET", "DATABRICKS_PASSWORD")
FEDERATED = ("file-oidc", "env-oidc", "github-oidc", "azure-devops-oidc")
TOKEN_FILE, CLIENT = "DATABRICKS_OIDC_TOKEN_FILEPATH", "DATABRICKS_CLIENT_ID"


def workspace_client(host: str, environment: Mapping[str, str]) -> WorkspaceClient:
    """Return a client that acts as the service principal that the worker's token is good for.

    Args:
        host: the workspace's address.
        environment: environment variables.

    Raises:
        UsageError: there is no token of the platform's to show, or a secret that lasts would be used.
    """
    lasting = [name for name in LASTING if environment.get(name)]
    how = f"Set {CLIENT} and {TOKEN_FILE} (or DATABRICKS_AUTH_TYPE, one of {', '.join(FEDERATED[1:])}) instead."
    if lasting:
        raise UsageError(f"a worker signs in with nothing that lasts, and {' and '.join(lasting)} is set", how)
    wanted = environment.get("DATABRICKS_AUTH_TYPE") or FEDERATED[0]
    if wanted not in FEDERATED or not environment.get(CLIENT):
        raise UsageError(f"a worker signs in by federation; DATABRICKS_AUTH_TYPE is {wanted}", how)
    if wanted == FEDERATED[0] and not environment.get(TOKEN_FILE):
        raise UsageError("a worker needs its platform's token", how)
    # Not from the environment: an account's id there would make it ask the account instead of the workspace.
    config = Config(
        host=host,
        client_id=environment[CLIENT],
        auth_type=wanted,
        oidc_token_filepath=environment.get(TOKEN_FILE),
        account_id="",
    )
    return WorkspaceClient(config=config)
