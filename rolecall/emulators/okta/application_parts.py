"""Keys, secrets, scopes, features, pushed groups and claims of applications.

https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationSSOCredentialKey/,
…/tag/ApplicationGrants/, …/tag/ApplicationFeatures/, …/tag/GroupPushMapping/ and …/tag/ApplicationConnections/.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from rolecall.emulators.application import Answer, Call, Endpoint, Json
from rolecall.emulators.okta import links
from rolecall.emulators.okta.applications import Applications
from rolecall.emulators.okta.caller import Organizations
from rolecall.emulators.okta.errors import invalid, missing
from rolecall.emulators.okta.models import ACTIVE, INACTIVE, Application, new_id
from rolecall.emulators.okta.paging import Pages
from rolecall.emulators.okta.policies import merged

# Features of an application that provisions: https://developer.okta.com/docs/reference/rest/app-features/
_FEATURES: Json = {
    "USER_PROVISIONING": {
        "description": "User provisioning settings from Okta to a downstream application",
        "capabilities": {
            "create": {"lifecycleCreate": {"status": "DISABLED"}},
            "update": {
                "profile": {"status": "DISABLED"},
                "lifecycleDeactivate": {"status": "DISABLED"},
                "password": {"status": "DISABLED", "seed": "RANDOM", "change": "KEEP_EXISTING"},
            },
        },
    },
    "INBOUND_PROVISIONING": {
        "description": "In-bound provisioning settings for provisioning users from an application to Okta",
        "capabilities": {
            "importSettings": {
                "username": {"userNameFormat": "EMAIL"},
                "schedule": {"status": "DISABLED", "fullImport": None, "incrementalImport": None},
            },
            "importRules": {
                "userCreateAndMatch": {
                    "exactMatchCriteria": "USERNAME",
                    "allowPartialMatch": True,
                    "autoConfirmPartialMatch": False,
                    "autoConfirmExactMatch": False,
                    "autoConfirmNewUsers": False,
                    "autoActivateNewUsers": False,
                }
            },
        },
    },
}


class ApplicationParts:
    """The routes below an application."""

    def __init__(self, organizations: Organizations, pages: Pages, applications: Applications) -> None:
        self._organizations = organizations
        self._pages = pages
        self._find = applications.find

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        one = "/api/v1/apps/{id}"
        keys, client, push = f"{one}/credentials/keys", f"{one}/credentials/secrets", f"{one}/group-push/mappings"
        claims, grants, token = (
            f"{one}/federated-claims",
            f"{one}/grants",
            "/api/v1/internal/apps/{id}/settings/oauth/idToken",
        )
        features, connection = f"{one}/features", f"{one}/connections/default"
        return [
            Endpoint("GET", keys, self.list_keys),
            Endpoint("POST", f"{keys}/generate", self.create_key),
            Endpoint("GET", f"{keys}/{{kid}}", self.get_key),
            Endpoint("GET", f"{one}/sso/saml/metadata", self.metadata),
            Endpoint("GET", client, self.list_secrets),
            Endpoint("POST", client, self.create_secret),
            Endpoint("DELETE", f"{client}/{{secret}}", self.delete_secret),
            Endpoint("POST", f"{client}/{{secret}}/lifecycle/activate", self._switched(ACTIVE)),
            Endpoint("POST", f"{client}/{{secret}}/lifecycle/deactivate", self._switched(INACTIVE)),
            Endpoint("GET", f"{one}/credentials/jwks", self.jwks),
            Endpoint("GET", grants, lambda call: [self._grant(call, scope) for scope in self._find(call).scopes]),
            Endpoint("POST", grants, self.grant),
            Endpoint("DELETE", f"{grants}/{{grant}}", self.revoke),
            Endpoint("GET", features, lambda call: [self._feature(call, name) for name in _FEATURES]),
            Endpoint("GET", f"{features}/{{name}}", lambda call: self._feature(call, call.parameters["name"])),
            Endpoint("PUT", f"{features}/{{name}}", self.change_feature),
            Endpoint("GET", push, self.list_pushes),
            Endpoint("POST", push, self.push),
            Endpoint("GET", f"{push}/{{push}}", lambda call: self._pushed(*self._push(call))),
            Endpoint("PATCH", f"{push}/{{push}}", self.change_push),
            Endpoint("DELETE", f"{push}/{{push}}", self.unpush),
            Endpoint("GET", claims, lambda call: list(self._find(call).federated_claims.values())),
            Endpoint("POST", claims, self.create_claim),
            Endpoint("GET", f"{claims}/{{claim}}", lambda call: self._claim(call)),
            Endpoint("PUT", f"{claims}/{{claim}}", self.change_claim),
            Endpoint("DELETE", f"{claims}/{{claim}}", self.delete_claim),
            Endpoint("GET", connection, lambda call: self._connected(self._find(call))),
            Endpoint("POST", connection, self.connect),
            Endpoint("POST", f"{connection}/lifecycle/activate", lambda call: self._switch(call, "ENABLED")),
            Endpoint("POST", f"{connection}/lifecycle/deactivate", lambda call: self._switch(call, "DISABLED")),
            Endpoint("GET", f"{one}/tokens", lambda call: self._none(call)),
            Endpoint("DELETE", f"{one}/tokens", lambda call: self._done(call, 204)),
            Endpoint("GET", token, self.identity_token),
            Endpoint("POST", token, self.identity_token),
        ]  # fmt: skip

    def list_keys(self, call: Call) -> list[Json]:
        """Answer the keys that sign for an application, the oldest first."""
        return [self._key(one) for one in self._find(call).signing_keys.values()]

    def get_key(self, call: Call) -> Json:
        """Answer one key."""
        found = self._find(call).signing_keys.get(call.parameters["kid"])
        if found is None:
            raise missing(call.parameters["kid"], "Key")
        return self._key(found)

    def create_key(self, call: Call) -> Answer:
        """Make a key; it signs from now on."""
        call.query.get("validityYears")
        kid = secrets.token_urlsafe(32)
        self._find(call).signing_keys[kid] = {"kid": kid, "created": self._organizations.timestamp()}
        return Answer(self._key(self._find(call).signing_keys[kid]), 201)

    def metadata(self, call: Call) -> Answer:
        """Answer what a SAML service reads of Okta."""
        application, kid = self._find(call), call.query.get("kid", "")
        address, certificate = self._organizations.address(), self._organizations.certificate()
        own = f"{address}/app/{application.name}/exk{application.id[3:]}/sso/saml"
        binding = "urn:oasis:names:tc:SAML:2.0:bindings"
        text = (
            '<?xml version="1.0" encoding="UTF-8"?>'
            f'<md:EntityDescriptor entityID="http://www.okta.com/exk{application.id[3:]}" '
            'xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"><md:IDPSSODescriptor WantAuthnRequestsSigned="false" '
            'protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing">'
            '<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>'
            f"<ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
            "<md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</md:NameIDFormat>"
            f'<md:SingleSignOnService Binding="{binding}:HTTP-POST" Location="{own}"/>'
            f'<md:SingleSignOnService Binding="{binding}:HTTP-Redirect" Location="{own}"/>'
            "</md:IDPSSODescriptor></md:EntityDescriptor>"
        )
        if kid and kid not in application.signing_keys:
            raise missing(kid, "Key")
        return Answer(text, headers={"Content-Type": "application/xml"})

    def list_secrets(self, call: Call) -> list[Json]:
        """Answer the secrets of a client."""
        application = self._find(call)
        if not application.secrets and application.client_secret:
            self._add_secret(application, application.client_secret)
        return [self._secret(application, one) for one in application.secrets.values()]

    def create_secret(self, call: Call) -> Answer:
        """Make a secret; a client has two at most."""
        application = self._find(call)
        held = self.list_secrets(call)
        if len(held) > 1:
            raise invalid("client_secret", "client_secret: A client has at most two secrets")
        made = self._add_secret(application, str(call.body.get("client_secret") or secrets.token_urlsafe(48)))
        return Answer(self._secret(application, made), 201)

    def delete_secret(self, call: Call) -> Answer:
        """Remove a secret that is not active."""
        application, found = self._own_secret(call)
        if found["status"] == ACTIVE:
            raise invalid("status", "status: The secret must be deactivated before it can be deleted")
        del application.secrets[found["id"]]
        return Answer(None, 204)

    def jwks(self, call: Call) -> Json:
        """Answer the keys by which a client signs in."""
        return {"jwks": {"keys": list(self._find(call).keys.get("keys", []))}}

    def grant(self, call: Call) -> Json:
        """Let a client have one of Okta's scopes."""
        application, scope = self._find(call), str(call.body.get("scopeId") or "")
        if not scope.startswith("okta."):
            raise invalid("scopeId", "scopeId: The scope is not valid")
        call.body.get("issuer")
        if scope not in application.scopes:
            application.scopes.append(scope)
        return self._grant(call, scope)

    def revoke(self, call: Call) -> Answer:
        """Take a scope away."""
        application = self._find(call)
        for scope in application.scopes:
            if self._grant(call, scope)["id"] == call.parameters["grant"]:
                application.scopes.remove(scope)
                return Answer(None, 204)
        raise missing(call.parameters["grant"], "OAuth2ScopeConsentGrant")

    def change_feature(self, call: Call) -> Json:
        """Change what an application provisions."""
        name = call.parameters["name"]
        before = self._feature(call, name)["capabilities"]
        changed = {key: call.body[key] for key in before if key in call.body}
        self._find(call).features[name] = merged(before, changed)
        return self._feature(call, name)

    def list_pushes(self, call: Call) -> Answer:
        """Answer the groups that are pushed."""
        application, wanted = self._find(call), call.query.get("sourceGroupId")
        held = [one for one in application.pushes.values() if wanted in (None, one["sourceGroupId"])]
        found = [self._pushed(application, one) for one in held]
        return self._pages.page(call, found, key=lambda one: str(one["id"]), default=100, most=1000)

    def push(self, call: Call) -> Json:
        """Push a group into the application: into one of its groups, or a new one."""
        application, now = self._find(call), self._organizations.now()
        source = str(call.body.get("sourceGroupId"))
        if source not in now.groups:
            raise missing(source, "UserGroup")
        if any(one["sourceGroupId"] == source for one in application.pushes.values()):
            raise invalid("sourceGroupId", "sourceGroupId: The group is pushed already")
        if not (call.body.get("targetGroupId") or call.body.get("targetGroupName")):
            raise invalid("targetGroupName", "targetGroupName: The field cannot be left blank")
        at = self._organizations.timestamp().replace(".000", "")
        made: Json = {"created": at, "id": new_id("gPm"), "lastUpdated": at, "sourceGroupId": source}
        made["status"] = str(call.body.get("status") or ACTIVE)
        made["targetGroupId"] = str(call.body.get("targetGroupId") or new_id("00g"))
        application.pushes[made["id"]] = made
        return self._pushed(application, made)

    def change_push(self, call: Call) -> Json:
        """Pause or go on with a pushed group."""
        application, push = self._push(call)
        push |= {
            "status": str(call.body.get("status")),
            "lastUpdated": self._organizations.timestamp().replace(".000", ""),
        }
        return self._pushed(application, push)

    def unpush(self, call: Call) -> Answer:
        """Push a group no longer."""
        application, push = self._push(call)
        call.query.get("deleteTargetGroup")
        del application.pushes[push["id"]]
        return Answer(None, 200)

    def create_claim(self, call: Call) -> Answer:
        """Add a claim to the tokens of an application."""
        identity, at = new_id("ofc"), self._organizations.timestamp()
        text: Json = {key: call.body.get(key) for key in ("name", "expression")}
        if not all(text.values()):
            raise invalid("name", "name: The field cannot be left blank")
        self._find(call).federated_claims[identity] = {"id": identity, **text, "created": at, "lastUpdated": at}
        return Answer(self._find(call).federated_claims[identity], 201)

    def change_claim(self, call: Call) -> Json:
        """Replace a claim."""
        claim = self._claim(call)
        changed: Json = {key: call.body[key] for key in ("name", "expression") if key in call.body}
        claim |= {**changed, "lastUpdated": self._organizations.timestamp()}
        return claim

    def delete_claim(self, call: Call) -> Answer:
        """Remove a claim."""
        del self._find(call).federated_claims[self._claim(call)["id"]]
        return Answer(None, 204)

    def connect(self, call: Call) -> Json:
        """Set how an application is provisioned."""
        application, profile = self._find(call), call.body.get("profile") or {}
        profile.get("token"), call.query.get("activate")
        shown = {"authScheme": profile.get("authScheme"), "baseUrl": call.body.get("baseUrl")}
        status = "ENABLED" if call.query.get("activate") == "true" else "DISABLED"
        application.connection = {**shown, "status": status}
        return self._connected(application)

    def identity_token(self, call: Call) -> Json:
        """Answer the settings of an application's identity tokens; an undocumented route of Okta's console."""
        application = self._find(call)
        if not (application.set.get("settings") or {}).get("oauthClient"):
            raise missing(application.id, "OAuth2AppInstance")
        reads = call.method == "GET"
        held = application.identity_token
        for name in ("issuerMode", "name", "value", "valueType", "groupFilterType", "filterType"):
            if name in call.body:
                held[name] = call.body[name]
        shown = {"issuer": self._organizations.address() if reads else None, "orgUrl": None, "customUrl": None}
        return {**shown, "audience": application.id if reads else None, "issuerMode": "ORG_URL", **held}

    def _done(self, call: Call, status: int) -> Answer:
        self._find(call)
        return Answer(None, status)

    def _none(self, call: Call) -> list[Json]:
        self._find(call)
        return []

    def _key(self, key: Json) -> Json:
        public = self._organizations.key.public()["keys"][0]
        days = f"{int(str(key['created'])[:4]) + 10}{str(key['created'])[4:]}"
        shown = {"kty": "RSA", "created": key["created"], "lastUpdated": key["created"], "expiresAt": days}
        shown |= {"kid": key["kid"], "use": "sig", "x5c": [self._organizations.certificate()]}
        return {**shown, "x5t#S256": secrets.token_urlsafe(32), "e": public["e"], "n": public["n"]}

    def _add_secret(self, application: Application, text: str) -> Json:
        identity, at = new_id("ocs"), self._organizations.timestamp()
        made = {"id": identity, "created": at, "lastUpdated": at, "status": ACTIVE, "client_secret": text}
        application.secrets[identity] = {**made, "secret_hash": secrets.token_urlsafe(16)}
        return application.secrets[identity]

    def _own_secret(self, call: Call) -> tuple[Application, Json]:
        application = self._find(call)
        if call.parameters["secret"] not in application.secrets:
            raise missing(call.parameters["secret"], "OAuth2ClientSecret")
        return application, application.secrets[call.parameters["secret"]]

    def _switched(self, status: str) -> Callable[[Call], Json]:
        def switch(call: Call) -> Json:
            application, found = self._own_secret(call)
            found |= {"status": status, "lastUpdated": self._organizations.timestamp()}
            return self._secret(application, found)

        return switch

    def _secret(self, application: Application, secret: Json) -> Json:
        status = "deactivate" if secret["status"] == ACTIVE else "activate"
        own = f"{self._organizations.address()}/api/v1/apps/{application.id}/credentials/secrets/{secret['id']}"
        return {**secret, "_links": {status: links.href(own, f"/lifecycle/{status}", "POST")}}

    def _grant(self, call: Call, scope: str) -> Json:
        application, address = self._find(call), self._organizations.address()
        at = application.created
        return {
            "id": f"oag{abs(hash_of(application.id + scope)):017d}"[:20],
            "status": ACTIVE,
            "created": at,
            "createdBy": {"id": self._organizations.now().administrator, "type": "User"},
            "lastUpdated": at,
            "issuer": address,
            "clientId": application.id,
            "scopeId": scope,
            "source": "ADMIN",
            "_links": {"app": {"href": f"{address}/api/v1/apps/{application.id}", "title": application.label}},
        }

    def _feature(self, call: Call, name: str) -> Json:
        application = self._find(call)
        if name not in _FEATURES:
            raise missing(name, "ApplicationFeature")
        known: Json = _FEATURES[name]
        own = f"{self._organizations.address()}/api/v1/apps/{application.id}/features/{name}"
        return {
            "name": name,
            "status": "ENABLED",
            "description": known["description"],
            "capabilities": application.features.get(name, known["capabilities"]),
            "_links": {"self": links.href(own, "", "GET", "PUT")},
        }

    def _push(self, call: Call) -> tuple[Application, Json]:
        application = self._find(call)
        if call.parameters["push"] not in application.pushes:
            raise missing(call.parameters["push"], "GroupPushMapping")
        return application, application.pushes[call.parameters["push"]]

    def _pushed(self, application: Application, push: Json) -> Json:
        address = f"{self._organizations.address()}/api/v1"
        found = {"app": {"href": f"{address}/apps/{application.id}"}}
        for name in ("sourceGroup", "targetGroup"):
            found[name] = {"href": f"{address}/groups/{push[f'{name}Id']}"}
        return {**push, "_links": found}

    def _claim(self, call: Call) -> Json:
        held = self._find(call).federated_claims
        if call.parameters["claim"] not in held:
            raise missing(call.parameters["claim"], "FederatedClaim")
        return held[call.parameters["claim"]]

    def _switch(self, call: Call, status: str) -> Answer:
        application = self._find(call)
        application.connection = {**application.connection, "status": status}
        return Answer(None, 204)

    def _connected(self, application: Application) -> Json:
        scheme = application.connection.get("authScheme") or "TOKEN"
        status = application.connection.get("status") or "UNKNOWN"
        own = f"{self._organizations.address()}/api/v1/apps/{application.id}/connections/default"
        name = "deactivate" if status == "ENABLED" else "activate"
        shown = {"authScheme": scheme, "status": status, "baseUrl": application.connection.get("baseUrl")}
        own_links = {"self": links.href(own, "", "POST", "GET"), name: links.href(own, f"/lifecycle/{name}", "POST")}
        return {**shown, "profile": {"authScheme": scheme}, "_links": own_links}


def hash_of(text: str) -> int:
    """Return a number that is always the same for a text."""
    found = 0
    for letter in text:
        found = (found * 131 + ord(letter)) % 10**17
    return found
