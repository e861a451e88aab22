"""Discovery and OAuth.

https://docs.databricks.com/en/dev-tools/auth/oauth-m2m.html and .../oauth-federation-exchange.html
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

from rolecall.emulators.application import Call, Endpoint, Json, Refused
from rolecall.emulators.clock import Clock
from rolecall.emulators.databricks.federation import ACCOUNT, trusts
from rolecall.emulators.databricks.models import SERVICE_PRINCIPAL, USER, Account, Principal
from rolecall.emulators.databricks.principal_secrets import is_secret
from rolecall.emulators.foreign_tokens import UntrustedToken, foreign_claims

TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
SUBJECT_TOKEN_TYPES = ("urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:token-type:id_token")
# Seconds that an access token lasts.
TOKEN_SECONDS = 3600


class OAuth:
    """The routes that need no token: what this host is, and tokens for client credentials."""

    def __init__(
        self, account: Callable[[], Account], workspace: str | None, address: Callable[[], str], clock: Clock
    ) -> None:
        self._account = account
        self._workspace = workspace
        self._address = address
        self._clock = clock

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        root = "/oidc" if self._workspace else "/oidc/accounts/{account_id}"
        metadata = f"{root}/.well-known/oauth-authorization-server"
        return [
            Endpoint("GET", "/.well-known/databricks-config", self.configuration, needs_token=False),
            Endpoint("GET", metadata, self.metadata, needs_token=False),
            Endpoint("POST", f"{root}/v1/token", self.token, needs_token=False),
        ]

    def configuration(self, call: Call) -> Json:
        """Answer what sort of host this is."""
        account = self._account()
        if self._workspace is None:
            return {
                "oidc_endpoint": f"{self._address()}/oidc/accounts/{{account_id}}",
                "account_id": account.id,
                "host_type": "account",
                "cloud": "AWS",
            }
        return {
            "oidc_endpoint": f"{self._address()}/oidc",
            "account_id": account.id,
            "workspace_id": str(account.workspaces[self._workspace].id),
            "host_type": "workspace",
            "cloud": "AWS",
        }

    def metadata(self, call: Call) -> Json:
        """Answer where tokens are to be had (RFC 8414)."""
        root = f"{self._address()}/oidc" if self._workspace else f"{self._address()}/oidc/accounts/{self._account().id}"
        return {
            "issuer": root,
            "authorization_endpoint": f"{root}/v1/authorize",
            "token_endpoint": f"{root}/v1/token",
            "grant_types_supported": ["client_credentials", TOKEN_EXCHANGE],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        }

    async def token(self, call: Call) -> Json:
        """Give a token for client credentials (RFC 6749, section 4.4), or for another issuer's (RFC 8693)."""
        account = self._account()
        if call.form.get("grant_type") == TOKEN_EXCHANGE:
            return self._answer(await self._exchanged(call))
        if call.form.get("grant_type") != "client_credentials":
            raise _refused(400, "unsupported_grant_type", "Only client_credentials is supported.")
        client_id, secret = _credentials(call)
        found = next((one for one in account.of_type(SERVICE_PRINCIPAL) if one.application_id == client_id), None)
        known = found is not None and (
            account.client_secrets.get(client_id) == secret or is_secret(account, found, secret, self._clock.now())
        )
        if not secret or found is None or not known:
            raise _refused(401, "invalid_client", "Client authentication failed")
        return self._answer(found)

    async def _exchanged(self, call: Call) -> Principal:
        """Return who a token of another issuer stands for here, by the federation policies."""
        if call.form.get("subject_token_type") not in SUBJECT_TOKEN_TYPES:
            raise _refused(400, "invalid_request", "subject_token_type must be that of a JWT.")
        try:
            claims = await foreign_claims(call.form.get("subject_token", ""), self._clock)
        except UntrustedToken as error:
            raise _refused(401, "invalid_grant", f"The subject token is not valid: {error}.") from error
        account, client_id = self._account(), call.form.get("client_id")
        if client_id:
            found = next((one for one in account.of_type(SERVICE_PRINCIPAL) if one.application_id == client_id), None)
            if found and found.active and trusts(account, found.id, claims):
                return found
        elif trusts(account, ACCOUNT, claims):
            names = {claims.get("sub"), claims.get("email"), claims.get("preferred_username")}
            user = next((one for one in account.of_type(USER) if one.active and one.user_name in names), None)
            if user:
                return user
        raise _refused(401, "invalid_grant", "No federation policy allows this token for the client.")

    def _answer(self, owner: Principal) -> Json:
        account = self._account()
        workspace = account.workspaces[self._workspace].id if self._workspace else 0
        text = account.issue(owner.id, self._clock.now() + TOKEN_SECONDS, workspace)
        return {"access_token": text, "token_type": "Bearer", "expires_in": TOKEN_SECONDS, "scope": "all-apis"}


def _credentials(call: Call) -> tuple[str, str]:
    scheme, _, encoded = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise _refused(401, "invalid_client", "Client authentication failed") from error
        return client_id, secret
    return call.form.get("client_id", ""), call.form.get("client_secret", "")


def _refused(status: int, code: str, description: str) -> Refused:
    return Refused(status, {"error": code, "error_description": description})
