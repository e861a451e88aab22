"""OpenID Connect: discovery, keys, authorization and tokens, of the organization and of each authorization server.

https://developer.okta.com/docs/api/openapi/okta-oauth/oauth/tag/CustomAS/. There is no sign-in page: the user that
`login_hint` names is signed in, which is what an identity provider does for a user with a session.
"""

from __future__ import annotations

import base64
import secrets
from urllib.parse import urlencode

from joserfc.errors import JoseError

from rolecall.emulators.application import Answer, Call, Endpoint, Json
from rolecall.emulators.authorization_codes import AUTHORIZATION, AuthorizationCodes, Granted, InvalidCode
from rolecall.emulators.okta.access_policies import claims_of, require_allowed
from rolecall.emulators.okta.caller import Organizations
from rolecall.emulators.okta.errors import missing, oauth
from rolecall.emulators.okta.models import ACTIVE, Application, AuthorizationServer, User
from rolecall.emulators.signing import ALGORITHM, verified_claims

TOKEN_SECONDS = 3600
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Tokens:
    """The routes under /oauth2 and the discovery documents."""

    def __init__(self, organizations: Organizations) -> None:
        self._organizations = organizations
        self._codes = AuthorizationCodes(organizations.clock)

    def endpoints(self) -> list[Endpoint]:
        """Return the routes: under /oauth2/v1 for the organization, under /oauth2/{server}/v1 for a server."""
        found = [
            Endpoint("GET", "/.well-known/openid-configuration", self.discovery, needs_token=False),
            Endpoint("GET", "/.well-known/oauth-authorization-server", self.discovery, needs_token=False),
        ]
        for root in ("/oauth2/v1", "/oauth2/{server}/v1"):
            found += [
                Endpoint("GET", f"{root}/keys", self.keys, needs_token=False),
                Endpoint("GET", f"{root}/authorize", self.authorize, needs_token=False, knows=AUTHORIZATION),
                Endpoint("POST", f"{root}/token", self.token, needs_token=False),
                Endpoint("GET", f"{root}/userinfo", self.userinfo, needs_token=False),
            ]
        for document in ("openid-configuration", "oauth-authorization-server"):
            path = f"/oauth2/{{server}}/.well-known/{document}"
            found.append(Endpoint("GET", path, self.discovery, needs_token=False))
        return found

    def discovery(self, call: Call) -> Json:
        """Answer what the issuer can do and where (OpenID Connect Discovery 1.0, RFC 8414)."""
        issuer, server = self._issuer(call)
        root = f"{issuer}/v1" if server else f"{issuer}/oauth2/v1"
        scopes = [str(one["name"]) for one in server.scopes.values()] if server else ["openid", "profile", "email"]
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{root}/authorize",
            "token_endpoint": f"{root}/token",
            "userinfo_endpoint": f"{root}/userinfo",
            "jwks_uri": f"{root}/keys",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "client_credentials"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "scopes_supported": scopes,
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt"],
            "code_challenge_methods_supported": ["S256"],
        }

    def keys(self, call: Call) -> Json:
        """Answer the public keys."""
        self._issuer(call)
        return self._organizations.key.public()

    def authorize(self, call: Call) -> Answer:
        """Give a code for the user that `login_hint` names (RFC 6749, section 4.1; RFC 7636)."""
        issuer, _ = self._issuer(call)
        client = self._organizations.now().applications.get(call.query.get("client_id", ""))
        redirect = call.query.get("redirect_uri", "")
        if client is None or redirect not in client.redirects:
            raise oauth(400, "invalid_request", "The client_id or redirect_uri is not known.")
        state = {"state": call.query["state"]} if "state" in call.query else {}
        users = self._organizations.now().users.values()
        hint = call.query.get("login_hint", "")
        user = next((one for one in users if one.profile["login"] == hint and one.status == ACTIVE), None)
        error = ""
        if call.query.get("response_type") != "code":
            error = "unsupported_response_type"
        elif call.query.get("code_challenge") and call.query.get("code_challenge_method") != "S256":
            error = "invalid_request"
        elif user is None:
            error = "login_required"
        if error or user is None:
            return Answer(None, 302, {"Location": f"{redirect}?{urlencode({'error': error, **state})}"})
        scopes, challenge = tuple(call.query.get("scope", "").split()), call.query.get("code_challenge", "")
        nonce = call.query.get("nonce", "")
        code = self._codes.give(Granted(client.id, user.id, scopes, redirect, challenge, nonce, issuer))
        return Answer(None, 302, {"Location": f"{redirect}?{urlencode({'code': code, **state})}"})

    def token(self, call: Call) -> Json:
        """Give tokens for a code, or for the client itself."""
        issuer, server = self._issuer(call)
        client = self._client(call, issuer, server)
        grant = call.form.get("grant_type")
        if grant == "client_credentials":
            scopes = call.form.get("scope", "").split()
            if server is None:
                if refused := sorted(set(scopes) - set(client.scopes)):
                    raise oauth(400, "invalid_scope", f"Scope {refused[0]} is not granted to this client.")
            else:
                require_allowed(server, client.id, grant, scopes)
            return self._issued(issuer, server, client, None, scopes, "")
        if grant == "authorization_code":
            code = self._redeem(call, client, issuer)
            if server is not None:
                require_allowed(server, client.id, grant, [*code.scopes])
            user = self._organizations.now().users[code.user]
            return self._issued(issuer, server, client, user, [*code.scopes], code.nonce)
        raise oauth(400, "unsupported_grant_type", f"The grant type {grant!r} is not supported.")

    def userinfo(self, call: Call) -> Json:
        """Answer who a token is about."""
        issuer, _ = self._issuer(call)
        text = call.headers.get("authorization", "").partition(" ")[2]
        try:
            claims = self._organizations.key.claims(text)
        except (JoseError, ValueError) as error:
            raise oauth(401, "invalid_token", "The access token is invalid.") from error
        if claims.get("iss") != issuer or claims.get("exp", 0) < self._organizations.clock.now():
            raise oauth(401, "invalid_token", "The access token is invalid.")
        user = self._organizations.now().users.get(str(claims.get("uid")))
        if user is None:
            raise oauth(403, "insufficient_scope", "The access token is not about a user.")
        return _person(user)

    def _issuer(self, call: Call) -> tuple[str, AuthorizationServer | None]:
        name = call.parameters.get("server")
        address = self._organizations.address()
        if name is None:
            return address, None
        server = self._organizations.now().servers.get(name)
        if server is None or server.status != ACTIVE:
            raise missing(name, "AuthorizationServer")
        return f"{address}/oauth2/{name}", server

    def _client(self, call: Call, issuer: str, server: AuthorizationServer | None) -> Application:
        """Return the client that signs in: by its secret, or by a token that its own key signed (RFC 7523)."""
        applications = self._organizations.now().applications
        if call.form.get("client_assertion_type") == ASSERTION:
            endpoint = f"{issuer}/v1/token" if server else f"{issuer}/oauth2/v1/token"
            for one in applications.values():
                if not one.keys:
                    continue
                try:
                    claims = verified_claims(call.form.get("client_assertion", ""), one.keys)
                except (JoseError, ValueError):
                    continue
                if claims.get("sub") == one.id == claims.get("iss") and claims.get("aud") == endpoint:
                    return one
            raise oauth(401, "invalid_client", "The client_assertion is invalid.")
        client_id, secret = call.form.get("client_id", ""), call.form.get("client_secret", "")
        scheme, _, encoded = call.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            client_id, _, secret = base64.b64decode(encoded).decode(errors="replace").partition(":")
        found = applications.get(client_id)
        if found is None or not found.client_secret or found.client_secret != secret:
            raise oauth(401, "invalid_client", "The client secret supplied for a confidential client is invalid.")
        return found

    def _redeem(self, call: Call, client: Application, issuer: str) -> Granted:
        form = call.form
        try:
            return self._codes.redeem(
                form.get("code", ""),
                client=client.id,
                issuer=issuer,
                redirect=form.get("redirect_uri", ""),
                verifier=form.get("code_verifier", ""),
            )
        except InvalidCode as error:
            raise oauth(400, "invalid_grant", str(error)) from error

    def _issued(
        self,
        issuer: str,
        server: AuthorizationServer | None,
        client: Application,
        user: User | None,
        scopes: list[str],
        nonce: str,
    ) -> Json:
        now = int(self._organizations.clock.now())
        subject = str(user.profile["login"]) if user else client.id
        common = {"iss": issuer, "iat": now, "exp": now + TOKEN_SECONDS, "jti": secrets.token_urlsafe(12)}
        audience = server.settings["audiences"][0] if server else issuer
        person = {"uid": user.id} if user else {}
        custom = claims_of(self._organizations.now(), server, user, scopes) if server else {}
        claims = {
            **custom,
            **common,
            "ver": 1,
            "aud": audience,
            "sub": subject,
            "cid": client.id,
            "scp": scopes,
            **person,
        }
        answer: Json = {
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
            "access_token": self._organizations.key.sign(claims),
            "scope": " ".join(scopes),
        }
        if user and "openid" in scopes:
            identity = {**common, "ver": 1, "aud": client.id, "sub": user.id, "amr": ["pwd"], **_person(user)}
            if nonce:
                identity["nonce"] = nonce
            answer["id_token"] = self._organizations.key.sign(identity)
        return answer


def _person(user: User) -> Json:
    return {
        "sub": user.id,
        "preferred_username": user.profile["login"],
        "email": user.profile["email"],
        "name": f"{user.profile['firstName']} {user.profile['lastName']}",
    }
