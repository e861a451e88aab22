"""Custom authorization servers with scopes, claims and access policies.

https://developer.okta.com/docs/api/openapi/okta-management/management/tag/AuthorizationServer/
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rolecall.emulators.application import Answer, Call, Endpoint, Json
from rolecall.emulators.okta import links
from rolecall.emulators.okta.caller import Organizations
from rolecall.emulators.okta.errors import denied, entry, invalid, missing
from rolecall.emulators.okta.models import ACTIVE, INACTIVE, AuthorizationServer, new_id
from rolecall.emulators.okta.paging import Pages

PATH = "/api/v1/authorizationServers"
MOST = 200
# Scopes that every server has, and that cannot be deleted.
OPENID_SCOPES = ("openid", "profile", "email", "address", "phone", "offline_access", "device_sso", "groups")
# Claims that every server has: name to the scope that it comes with.
_SYSTEM_CLAIMS = {
    "sub": "",
    **dict.fromkeys(("name", "preferred_username", "nickname", "given_name", "family_name"), "profile"),
    **dict.fromkeys(("zoneinfo", "locale"), "profile"),
    **dict.fromkeys(("email", "email_verified"), "email"),
    "address": "address",
    "phone_number": "phone",
}  # fmt: skip
LIFETIMES = {
    "accessTokenLifetimeMinutes": 60,
    "refreshTokenLifetimeMinutes": 0,
    "refreshTokenWindowMinutes": 10080,
}
# Seconds between rotations of a server's key.
ROTATION = 90 * 24 * 3600
_NEVER_NULL = ("value", "group_filter_type", "displayName", "description")
_ALWAYS_KNOWN = ("id", "system", "created", "lastUpdated", "_links", "apiResourceId")


def system_scopes() -> dict[str, Json]:
    """Return the scopes that every server has, by id."""
    found: dict[str, Json] = {}
    for name in OPENID_SCOPES:
        identity = new_id("scp")
        consent = {"consent": "IMPLICIT", "metadataPublish": "ALL_CLIENTS", "optional": False, "default": False}
        text = {"displayName": name, "description": name}
        found[identity] = {"id": identity, "name": name, **text, "system": True, **consent, "apiResourceId": None}
    return found


def system_claims() -> dict[str, Json]:
    """Return the claims that every server has, by id."""
    found: dict[str, Json] = {}
    for name, scope in _SYSTEM_CLAIMS.items():
        identity = new_id("ocl")
        kind = {"claimType": "RESOURCE" if name == "sub" else "IDENTITY", "valueType": "SYSTEM"}
        conditions = {"scopes": [scope] if scope else []}
        always = {"alwaysIncludeInToken": name == "sub", "apiResourceId": None}
        found[identity] = {
            "id": identity,
            "name": name,
            "status": ACTIVE,
            **kind,
            "conditions": conditions,
            "system": True,
            **always,
        }
    return found


@dataclass(frozen=True)
class _Sort:
    """A sort of part of a server.

    Attributes:
        path: below the server.
        prefix: of its ids.
        noun: in refusals.
        fields: what a call may set, with what it is otherwise.
        has_status: it can be active or not, and has times.
    """

    path: str
    prefix: str
    noun: str
    fields: Mapping[str, object]
    has_status: bool = False


_SCOPES = _Sort(
    "scopes", "scp", "OAuth2Scope",
    {"name": "", "displayName": None, "description": None, "metadataPublish": "NO_CLIENTS", "consent": "IMPLICIT",
     "optional": False, "default": False},
)  # fmt: skip
_CLAIMS = _Sort(
    "claims", "ocl", "OAuth2Claim",
    {"name": "", "status": ACTIVE, "claimType": "IDENTITY", "valueType": "EXPRESSION", "value": None, "conditions": {},
     "group_filter_type": None, "alwaysIncludeInToken": True},
)  # fmt: skip
_POLICIES = _Sort(
    "policies", "00p", "Policy",
    {"status": ACTIVE, "name": "", "description": None, "priority": 1, "conditions": {},
     "type": "OAUTH_AUTHORIZATION_POLICY"},
    has_status=True,
)  # fmt: skip
_RULES = _Sort(
    "policies/{policy}/rules", "0pr", "PolicyRule",
    {"status": ACTIVE, "name": "", "priority": None, "conditions": {}, "actions": {}, "type": "RESOURCE_ACCESS"},
    has_status=True,
)  # fmt: skip


class AuthorizationServers:
    """The routes under /api/v1/authorizationServers."""

    def __init__(self, organizations: Organizations, pages: Pages) -> None:
        self._organizations = organizations
        self._pages = pages

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        own, keys = f"{PATH}/{{id}}", f"{PATH}/{{id}}/credentials"
        found = [
            Endpoint("GET", PATH, self.list_all),
            Endpoint("POST", PATH, self.create),
            Endpoint("GET", own, lambda call: self._described(self._find(call))),
            Endpoint("PUT", own, self.replace),
            Endpoint("DELETE", own, self.delete),
            Endpoint("POST", f"{own}/lifecycle/activate", lambda call: self._set_status(call, ACTIVE)),
            Endpoint("POST", f"{own}/lifecycle/deactivate", lambda call: self._set_status(call, INACTIVE)),
            Endpoint("GET", f"{keys}/keys", lambda call: self._keys(self._find(call))),
            Endpoint("GET", f"{keys}/keys/{{kid}}", self.get_key),
            Endpoint("POST", f"{keys}/lifecycle/keyRotate", self.rotate),
            Endpoint("GET", f"{own}/clients", lambda call: self._none(call)),
            Endpoint("GET", f"{own}/clients/{{client}}/tokens", lambda call: self._none(call)),
        ]
        found += self._parts(_SCOPES, lambda server, _call: server.scopes)
        found += self._parts(_CLAIMS, lambda server, _call: server.claims)
        found += self._parts(_POLICIES, lambda server, _call: server.policies)
        return found + self._parts(_RULES, self._rules)

    def list_all(self, call: Call) -> Answer:
        """Answer the servers, or those whose name or audience contains `q`."""
        found = [self._described(one) for one in self._organizations.now().servers.values()]
        if words := call.query.get("q"):
            found = [
                one for one in found if any(words.lower() in text.lower() for text in (one["name"], *one["audiences"]))
            ]
        return self._pages.page(call, found, key=_key, default=MOST, most=MOST)

    def create(self, call: Call) -> Answer:
        """Make a server; it is active."""
        made = AuthorizationServer(new_id("aus"), ACTIVE, self._settings(call, None), self._organizations.timestamp())
        self._organizations.now().servers[made.id] = made
        made.scopes, made.claims = system_scopes(), system_claims()
        return Answer(self._described(made), 201)

    def replace(self, call: Call) -> Json:
        """Replace a server's name, description and audiences."""
        server = self._find(call)
        server.settings = self._settings(call, server)
        server.changed = self._organizations.timestamp()
        return self._described(server)

    def delete(self, call: Call) -> Answer:
        """Remove a server; the default one stays."""
        server = self._find(call)
        if server.id == "default":
            raise denied()
        del self._organizations.now().servers[server.id]
        return Answer(None, 204)

    def get_key(self, call: Call) -> Json:
        """Answer one of a server's keys."""
        for one in self._keys(self._find(call)):
            if one["kid"] == call.parameters["kid"]:
                return one
        raise missing(call.parameters["kid"], "JsonWebKey")

    def rotate(self, call: Call) -> list[Json]:
        """Sign with the next key from now on; the emulator has one key, under another name."""
        server = self._find(call)
        if call.body.get("use", "sig") != "sig":
            raise invalid("use", "use: The use must be sig")
        server.settings |= {"kid": secrets.token_urlsafe(32), "rotated": self._organizations.timestamp()}
        return self._keys(server)

    def _keys(self, server: AuthorizationServer) -> list[Json]:
        public = self._organizations.key.public()["keys"][0]
        found = []
        for status, kid in (("ACTIVE", self._kid(server)), ("NEXT", f"{self._kid(server)[:-4]}next")):
            own = f"{self._organizations.address()}{PATH}/{server.id}/credentials/keys/{kid}"
            shown = {"kty": "RSA", "status": status, "alg": "RS256", "kid": kid, "use": "sig"}
            found.append({**shown, "_links": {"self": links.href(own, "", "GET")}, "e": public["e"], "n": public["n"]})
        return found

    def _kid(self, server: AuthorizationServer) -> str:
        return str(server.settings.setdefault("kid", secrets.token_urlsafe(32)))

    def _set_status(self, call: Call, status: str) -> Answer:
        server = self._find(call)
        server.status, server.changed = status, self._organizations.timestamp()
        return Answer(None, 204)

    def _none(self, call: Call) -> list[Json]:
        self._find(call)
        return []

    def _settings(self, call: Call, own: AuthorizationServer | None) -> Json:
        name, audiences = str(call.body.get("name") or ""), call.body.get("audiences") or []
        for known in (
            "id",
            "status",
            "created",
            "lastUpdated",
            "issuer",
            "default",
            "_links",
            "accessTokenEncryptedResponseAlgorithm",
        ):
            call.body.get(known)
        if not name:
            raise invalid("name", "The field cannot be left blank")
        if not isinstance(audiences, list) or len(audiences) != 1:
            raise invalid("audiences", "Exactly one audience is required")
        for other in self._organizations.now().servers.values():
            if other is not own and other.settings["name"] == name:
                raise invalid("name", "An object with this field already exists in the current organization")
        before = own.settings if own else {}
        mode = str(call.body.get("issuerMode") or before.get("issuerMode") or "ORG_URL")
        if mode not in ("ORG_URL", "CUSTOM_URL", "DYNAMIC"):
            raise invalid("issuerMode", "issuerMode: The issuer mode must be ORG_URL, CUSTOM_URL or DYNAMIC")
        signing = (call.body.get("credentials") or {}).get("signing") or {}
        rotation = str(signing.get("rotationMode") or before.get("rotationMode") or "AUTO")
        if rotation not in ("AUTO", "MANUAL"):
            raise invalid("rotationMode", "rotationMode: The rotation mode must be AUTO or MANUAL")
        text = {"name": name, "description": call.body.get("description") or "", "audiences": audiences}
        kept: Json = {key: before[key] for key in ("kid", "rotated") if key in before}
        return {**kept, **text, "issuerMode": mode, "rotationMode": rotation}

    def _find(self, call: Call) -> AuthorizationServer:
        return entry(self._organizations.now().servers, call, "AuthorizationServer")

    def _described(self, server: AuthorizationServer) -> Json:
        address, settings = self._organizations.address(), server.settings
        own, issuer = f"{address}{PATH}/{server.id}", f"{address}/oauth2/{server.id}"
        rotation = settings.get("rotationMode") or "AUTO"
        signing = {
            "kid": self._kid(server),
            "rotationMode": rotation,
            "lastRotated": settings.get("rotated") or server.created,
        }
        if rotation == "AUTO":
            signing["nextRotation"] = self._organizations.later(signing["lastRotated"], ROTATION)
        documents = [
            {"name": name, **links.href(issuer, f"/.well-known/{name}", "GET")}
            for name in ("oauth-authorization-server", "openid-configuration")
        ]
        status = "deactivate" if server.status == ACTIVE else "activate"
        allowed = ("GET", "PUT") if server.id == "default" else ("GET", "DELETE", "PUT")
        found = {
            "rotateKey": links.href(own, "/credentials/lifecycle/keyRotate", "POST"),
            "metadata": documents,
            "keys": links.href(own, "/credentials/keys", "GET"),
            "claims": links.href(own, "/claims", "GET", "POST"),
            "policies": links.href(own, "/policies", "GET", "POST"),
            "self": links.href(own, "", *allowed),
            "scopes": links.href(own, "/scopes", "GET", "POST"),
            status: links.href(own, f"/lifecycle/{status}", "POST"),
        }
        return {
            "id": server.id,
            **{key: settings[key] for key in ("name", "description", "audiences")},
            "issuer": issuer,
            "issuerMode": settings.get("issuerMode") or "ORG_URL",
            "status": server.status,
            "created": server.created,
            "lastUpdated": server.changed or server.created,
            "credentials": {"signing": signing},
            "default": server.id == "default",
            "_links": found,
        }

    def _rules(self, server: AuthorizationServer, call: Call) -> dict[str, Json]:
        policy = call.parameters["policy"]
        if policy not in server.policies:
            raise missing(policy, "Policy")
        return server.rules.setdefault(policy, {})

    def _parts(self, sort: _Sort, parts: Callable[[AuthorizationServer, Call], dict[str, Json]]) -> list[Endpoint]:
        """Return the routes of one sort of part of a server, which are all alike."""
        path = f"{PATH}/{{id}}/{sort.path}"

        def shown(call: Call, part: Json) -> Json:
            above = f"{self._organizations.address()}{path}".replace("{id}", call.parameters["id"])
            own = f"{above.replace('{policy}', call.parameters.get('policy', ''))}/{part['id']}"
            # Claims of the system may be changed; scopes of it may not.
            found: Json = {"self": links.href(own, "", "GET", "PUT", "DELETE")}
            if sort is _POLICIES:
                found["rules"] = links.href(own, "/rules", "GET")
            if sort.has_status:
                status = "deactivate" if part.get("status") == ACTIVE else "activate"
                found[status] = links.href(own, f"/lifecycle/{status}", "POST")
            kept = {key: value for key, value in part.items() if value is not None or key not in _NEVER_NULL}
            return {**kept, "_links": found}

        def all_of(call: Call) -> Answer:
            found = [shown(call, one) for one in parts(self._find(call), call).values()]
            if words := call.query.get("q", ""):
                found = [one for one in found if str(one["name"]).startswith(words)]
            return self._pages.page(call, found, key=_key, default=MOST, most=MOST)

        def settings(call: Call, held: dict[str, Json], own: Json | None) -> Json:
            for name in _ALWAYS_KNOWN:
                call.body.get(name)
            wanted = call.body.get("name")
            if not wanted:
                raise invalid("name", "The field cannot be left blank")
            if any(one.get("name") == wanted and one is not own for one in held.values()):
                raise invalid("name", "An object with this field already exists in the current organization")
            found = {key: call.body.get(key, otherwise) for key, otherwise in sort.fields.items()}
            if "status" in found and found["status"] not in (ACTIVE, INACTIVE):
                raise invalid("status", "status: The status must be ACTIVE or INACTIVE")
            return _filled(sort, found, len(held))

        def create(call: Call) -> Answer:
            held = parts(self._find(call), call)
            made = settings(call, held, None)
            identity, now = new_id(sort.prefix), self._organizations.timestamp()
            times = {"created": now, "lastUpdated": now} if sort.has_status else {"apiResourceId": None}
            held[identity] = {**made, "id": identity, "system": False, **times}
            return Answer(shown(call, held[identity]), 201)

        def find(call: Call) -> tuple[dict[str, Json], Json]:
            held = parts(self._find(call), call)
            part = call.parameters["part"]
            if part not in held:
                raise missing(part, sort.noun)
            return held, held[part]

        def replace(call: Call) -> Json:
            held, part = find(call)
            changed = settings(call, held, part)
            if part.get("system") and changed["name"] != part["name"]:
                raise denied()
            if part.get("system"):
                changed |= {key: part[key] for key in ("valueType", "claimType") if key in part}
            kept: Json = {key: part[key] for key in ("id", "system", "created", "apiResourceId") if key in part}
            times = {"lastUpdated": self._organizations.timestamp()} if sort.has_status else {}
            held[part["id"]] = {**changed, **kept, **times}
            return shown(call, held[part["id"]])

        def delete(call: Call) -> Answer:
            held, part = find(call)
            if part.get("system"):
                raise denied()
            del held[part["id"]]
            return Answer(None, 204)

        def switched(status: str) -> Callable[[Call], Answer]:
            def switch(call: Call) -> Answer:
                find(call)[1]["status"] = status
                return Answer(None, 204)

            return switch

        one = f"{path}/{{part}}"
        found = [
            Endpoint("GET", path, all_of),
            Endpoint("POST", path, create),
            Endpoint("GET", one, lambda call: shown(call, find(call)[1])),
            Endpoint("PUT", one, replace),
            Endpoint("DELETE", one, delete),
        ]
        if sort.has_status:
            found.append(Endpoint("POST", f"{one}/lifecycle/activate", switched(ACTIVE)))
            found.append(Endpoint("POST", f"{one}/lifecycle/deactivate", switched(INACTIVE)))
        return found


def _filled(sort: _Sort, found: Json, held: int) -> Json:
    """Fill in what Okta fills in."""
    if sort is _CLAIMS:
        found["conditions"] = {"scopes": [], **(found["conditions"] or {})}
        if found["valueType"] not in ("EXPRESSION", "GROUPS", "SYSTEM"):
            raise invalid("valueType", "valueType: The value type must be EXPRESSION, GROUPS or SYSTEM")
    if sort is _RULES:
        given = dict(found["conditions"] or {})
        people = given.get("people") or {}
        users = {"exclude": [], **(people.get("users") or {})}
        groups = {"groups": people["groups"]} if "groups" in people else {}
        scopes = {"include": [], **(given.get("scopes") or {})}
        found["conditions"] = {**given, "people": {"users": users, **groups}, "scopes": scopes}
        token = {**LIFETIMES, **((found["actions"] or {}).get("token") or {})}
        found["actions"] = {**(found["actions"] or {}), "token": token}
        found["priority"] = found["priority"] or held + 1
    return found


def _key(item: Json) -> str:
    return str(item["id"])
