"""The token service: discovery, keys, authorization and tokens.

https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow (secret, and the assertion of a
federated credential), .../v2-oauth2-auth-code-flow. There is no sign-in page: the user that `login_hint` names is
signed in.
"""

from __future__ import annotations

import secrets
import uuid
from urllib.parse import urlencode

from rolecall.emulators.application import Answer, Call, Endpoint, Json
from rolecall.emulators.authorization_codes import AUTHORIZATION, AuthorizationCodes, Granted, InvalidCode
from rolecall.emulators.entra.caller import GRAPH, Tenants
from rolecall.emulators.entra.errors import oauth
from rolecall.emulators.foreign_tokens import UntrustedToken, audiences, foreign_claims
from rolecall.emulators.signing import ALGORITHM

TOKEN_SECONDS = 3599
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LOGGED_SIGN_INS = 10_000


class Tokens:
    """The routes under /{tenant}/oauth2 and the discovery documents."""

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants
        self._codes = AuthorizationCodes(tenants.clock)

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        root = "/{tenant}/oauth2/v2.0"
        return [
            Endpoint("GET", "/common/discovery/instance", self.instance, needs_token=False),
            Endpoint("GET", "/{tenant}/v2.0/.well-known/openid-configuration", self.discovery, needs_token=False),
            Endpoint(
                "GET", "/{tenant}/discovery/v2.0/keys", lambda _call: self._tenants.key.public(), needs_token=False
            ),
            Endpoint("GET", f"{root}/authorize", self.authorize, needs_token=False, knows=AUTHORIZATION),
            Endpoint("POST", f"{root}/token", self.token, needs_token=False),
        ]

    def instance(self, call: Call) -> Json:
        """Answer which names the authority goes by; Microsoft's clients ask before they trust one."""
        host = self._tenants.address().removeprefix("https://")
        tenant = f"{self._tenants.address()}/{self._tenants.now().id}/v2.0/.well-known/openid-configuration"
        known = {"preferred_network": host, "preferred_cache": host, "aliases": [host]}
        return {"tenant_discovery_endpoint": tenant, "api-version": "1.1", "metadata": [known]}

    def discovery(self, call: Call) -> Json:
        """Answer what the tenant's token service can do and where (OpenID Connect Discovery 1.0)."""
        self._require_tenant(call)
        root = f"{self._tenants.address()}/{self._tenants.now().id}"
        return {
            "issuer": self._tenants.issuer,
            "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
            "token_endpoint": f"{root}/oauth2/v2.0/token",
            "jwks_uri": f"{root}/discovery/v2.0/keys",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "scopes_supported": ["openid", "profile", "email"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic", "private_key_jwt"],
            "code_challenge_methods_supported": ["S256"],
        }

    def authorize(self, call: Call) -> Answer:
        """Give a code for the user that `login_hint` names."""
        self._require_tenant(call)
        now = self._tenants.now()
        client, redirect = call.query.get("client_id", ""), call.query.get("redirect_uri", "")
        if redirect not in now.redirects.get(client, []):
            raise oauth(
                400, "invalid_request", "AADSTS50011: The redirect URI does not match one of the application's."
            )
        state = {"state": call.query["state"]} if "state" in call.query else {}
        hint = call.query.get("login_hint", "")
        user = next(
            (one for one in now.users.values() if one["userPrincipalName"] == hint and one["accountEnabled"]), None
        )
        if user is None or call.query.get("response_type") != "code":
            error = "login_required" if user is None else "unsupported_response_type"
            return Answer(None, 302, {"Location": f"{redirect}?{urlencode({'error': error, **state})}"})
        scopes, challenge = tuple(call.query.get("scope", "").split()), call.query.get("code_challenge", "")
        granted = Granted(
            client, user["id"], scopes, redirect, challenge, call.query.get("nonce", ""), self._tenants.issuer
        )
        return Answer(None, 302, {"Location": f"{redirect}?{urlencode({'code': self._codes.give(granted), **state})}"})

    async def token(self, call: Call) -> Json:
        """Give tokens for a code, or for the client itself."""
        self._require_tenant(call)
        client = await self._client(call)
        grant = call.form.get("grant_type")
        if grant == "client_credentials":
            return self._for_application(call, client)
        if grant == "authorization_code":
            return self._for_user(call, client)
        raise oauth(
            400, "unsupported_grant_type", f"AADSTS70003: The app requested an unsupported grant type {grant!r}."
        )

    def _for_application(self, call: Call, client: str) -> Json:
        scope = call.form.get("scope", "")
        resource = scope.removesuffix("/.default")
        if resource == scope or not resource:
            raise oauth(400, "invalid_scope", f"AADSTS1002012: The provided value for scope {scope} is not valid.")
        now = self._tenants.now()
        roles = now.permissions.get(client, []) if resource == GRAPH else []
        principal = next((one["id"] for one in now.service_principals.values() if one["appId"] == client), "")
        claims = {**self._common(), "aud": resource, "appid": client, "azp": client, "oid": principal, "sub": principal}
        return self._answer({**claims, "roles": roles, "idtyp": "app"})

    def _for_user(self, call: Call, client: str) -> Json:
        form = call.form
        try:
            granted = self._codes.redeem(
                form.get("code", ""),
                client=client,
                issuer=self._tenants.issuer,
                redirect=form.get("redirect_uri", ""),
                verifier=form.get("code_verifier", ""),
            )
        except InvalidCode as error:
            raise oauth(400, "invalid_grant", f"AADSTS70008: {error}") from error
        user = self._tenants.now().users[granted.user]
        person = {
            "oid": user["id"],
            "sub": user["id"],
            "preferred_username": user["userPrincipalName"],
            "name": user["displayName"],
        }
        self._record(client, user)
        answer = self._answer({**self._common(), **person, "aud": client, "scp": " ".join(granted.scopes)})
        if "openid" in granted.scopes:
            nonce = {"nonce": granted.nonce} if granted.nonce else {}
            answer["id_token"] = self._tenants.key.sign({**self._common(), **person, **nonce, "aud": client})
        return answer

    def _answer(self, claims: Json) -> Json:
        token = self._tenants.key.sign(claims)
        return {
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
            "ext_expires_in": TOKEN_SECONDS,
            "access_token": token,
        }

    def _common(self) -> Json:
        now = int(self._tenants.clock.now())
        return {
            "iss": self._tenants.issuer,
            "tid": self._tenants.now().id,
            "iat": now,
            "nbf": now,
            "exp": now + TOKEN_SECONDS,
            "uti": secrets.token_urlsafe(12),
            "ver": "2.0",
        }

    async def _client(self, call: Call) -> str:
        """Return the application that signs in: by secret, or by a token that a federated credential trusts."""
        now, client = self._tenants.now(), call.form.get("client_id", "")
        if call.form.get("client_assertion_type") == ASSERTION:
            try:
                claims = await foreign_claims(call.form.get("client_assertion", ""), self._tenants.clock)
            except UntrustedToken as error:
                raise oauth(401, "invalid_client", f"AADSTS700027: Client assertion failed: {error}.") from error
            application = next((one for one in now.applications.values() if one["appId"] == client), None)
            trusted = now.federated.get(application["id"], {}).values() if application else ()
            for one in trusted:
                same = (one["issuer"], one["subject"]) == (claims.get("iss"), claims.get("sub"))
                if same and set(one["audiences"]) & set(audiences(claims)):
                    return client
            what = f"No matching federated identity record found for presented assertion subject '{claims.get('sub')}'"
            raise oauth(401, "invalid_client", f"AADSTS700213: {what}.")
        known = {now.secrets.get(client), *now.passwords.get(client, {}).values()} - {None, ""}
        if call.form.get("client_secret") not in known:
            raise oauth(401, "invalid_client", "AADSTS7000215: Invalid client secret provided.")
        return client

    def _record(self, client: str, user: Json) -> None:
        log = self._tenants.now().sign_ins
        log.append(
            {
                "id": str(uuid.uuid4()),
                "createdDateTime": self._tenants.timestamp(),
                "userId": user["id"],
                "userPrincipalName": user["userPrincipalName"],
                "appId": client,
                "status": {"errorCode": 0},
            }
        )
        del log[:-LOGGED_SIGN_INS]

    def _require_tenant(self, call: Call) -> None:
        tenant = call.parameters.get("tenant")
        if tenant not in (self._tenants.now().id, "common", "organizations"):
            raise oauth(400, "invalid_request", f"AADSTS90002: Tenant '{tenant}' not found.")
