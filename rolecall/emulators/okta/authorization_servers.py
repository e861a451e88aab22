"""Custom authorization servers with scopes, claims and access policies.

https://developer.okta.com/docs/api/openapi/okta-management/management/tag/AuthorizationServer/
"""

from __future__ import annotations

from collections.abc import Callable

from rolecall.emulators.application import Answer, Call, Endpoint, Handler, Json
from rolecall.emulators.okta.caller import Organizations
from rolecall.emulators.okta.errors import denied, invalid, missing
from rolecall.emulators.okta.models import ACTIVE, INACTIVE, AuthorizationServer, new_id
from rolecall.emulators.okta.paging import Pages

PATH = "/api/v1/authorizationServers"
MOST = 200
# Read-only scopes of every server.
OPENID_SCOPES = ("openid", "profile", "email", "groups", "offline_access")


class AuthorizationServers:
    """The routes under /api/v1/authorizationServers."""

    def __init__(self, organizations: Organizations, pages: Pages) -> None:
        self._organizations = organizations
        self._pages = pages

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        own = f"{PATH}/{{id}}"
        found = [
            Endpoint("GET", PATH, self.list_all),
            Endpoint("POST", PATH, self.create),
            Endpoint("GET", own, lambda call: self._described(self._find(call))),
            Endpoint("PUT", own, self.replace),
            Endpoint("DELETE", own, self.delete),
            Endpoint("POST", f"{own}/lifecycle/activate", lambda call: self._set_status(call, ACTIVE)),
            Endpoint("POST", f"{own}/lifecycle/deactivate", lambda call: self._set_status(call, INACTIVE)),
        ]
        found += self._parts("scopes", "scp", lambda server, _call: server.scopes, "name")
        found += self._parts("claims", "ocl", lambda server, _call: server.claims, "name")
        found += self._parts("policies", "00p", lambda server, _call: server.policies, "name")
        found += self._parts("policies/{policy}/rules", "0pr", self._rules, "name")
        return found

    def list_all(self, call: Call) -> Answer:
        """Answer the servers, or those whose name or audience begins with `q`."""
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
        self._add_system_scopes(made)
        return Answer(self._described(made), 201)

    def replace(self, call: Call) -> Json:
        """Replace a server's name, description and audiences."""
        server = self._find(call)
        server.settings = self._settings(call, server)
        return self._described(server)

    def delete(self, call: Call) -> Answer:
        """Remove a server."""
        del self._organizations.now().servers[self._find(call).id]
        return Answer(None, 204)

    def _set_status(self, call: Call, status: str) -> Answer:
        self._find(call).status = status
        return Answer(None, 204)

    def _add_system_scopes(self, server: AuthorizationServer) -> None:
        for name in OPENID_SCOPES:
            identity = new_id("scp")
            server.scopes[identity] = {"id": identity, "name": name, "system": True, "consent": "IMPLICIT"}

    def _settings(self, call: Call, own: AuthorizationServer | None) -> Json:
        name, audiences = str(call.body.get("name") or ""), call.body.get("audiences") or []
        if not name:
            raise invalid("name", "The field cannot be left blank")
        if not isinstance(audiences, list) or len(audiences) != 1:
            raise invalid("audiences", "Exactly one audience is required")
        for other in self._organizations.now().servers.values():
            if other is not own and other.settings["name"] == name:
                raise invalid("name", "An object with this field already exists in the current organization")
        return {"name": name, "description": call.body.get("description") or "", "audiences": audiences}

    def _find(self, call: Call) -> AuthorizationServer:
        found = self._organizations.now().servers.get(call.parameters["id"])
        if found is None:
            raise missing(call.parameters["id"], "AuthorizationServer")
        return found

    def _described(self, server: AuthorizationServer) -> Json:
        return {
            "id": server.id,
            **server.settings,
            "issuer": f"{self._organizations.address()}/oauth2/{server.id}",
            "issuerMode": "ORG_URL",
            "status": server.status,
            "created": server.created,
            "lastUpdated": server.created,
            "credentials": {"signing": {"kid": "", "rotationMode": "AUTO"}},
            "_links": {},
        }

    def _rules(self, server: AuthorizationServer, call: Call) -> dict[str, Json]:
        policy = call.parameters["policy"]
        if policy not in server.policies:
            raise missing(policy, "Policy")
        return server.rules.setdefault(policy, {})

    def _parts(
        self, name: str, prefix: str, parts: Callable[[AuthorizationServer, Call], dict[str, Json]], unique: str
    ) -> list[Endpoint]:
        """Return the routes of one sort of part of a server, which are all alike."""
        path = f"{PATH}/{{id}}/{name}"

        def all_of(call: Call) -> Answer:
            found = list(parts(self._find(call), call).values())
            return self._pages.page(call, found, key=_key, default=MOST, most=MOST)

        def require_unique(call: Call, held: dict[str, Json], own: str | None) -> None:
            wanted = call.body.get(unique)
            if not wanted:
                raise invalid(unique, "The field cannot be left blank")
            if any(one.get(unique) == wanted and key != own for key, one in held.items()):
                raise invalid(unique, "An object with this field already exists in the current organization")

        def create(call: Call) -> Answer:
            held = parts(self._find(call), call)
            require_unique(call, held, None)
            identity = new_id(prefix)
            now = self._organizations.timestamp()
            held[identity] = {
                "status": ACTIVE, **call.body, "id": identity, "system": False, "created": now, "lastUpdated": now,
            }  # fmt: skip
            return Answer(held[identity], 201)

        def find(call: Call) -> tuple[dict[str, Json], Json]:
            held = parts(self._find(call), call)
            part = call.parameters["part"]
            if part not in held:
                raise missing(part, name)
            return held, held[part]

        def replace(call: Call) -> Json:
            held, part = find(call)
            if part.get("system"):
                raise denied()
            require_unique(call, held, part["id"])
            kept = {key: part[key] for key in ("id", "system", "created", "status")}
            held[part["id"]] = {**call.body, **kept, "lastUpdated": self._organizations.timestamp()}
            return held[part["id"]]

        def delete(call: Call) -> Answer:
            held, part = find(call)
            if part.get("system"):
                raise denied()
            del held[part["id"]]
            return Answer(None, 204)

        one = f"{path}/{{part}}"
        handlers: list[tuple[str, str, Handler]] = [
            ("GET", path, all_of),
            ("POST", path, create),
            ("GET", one, lambda call: find(call)[1]),
            ("PUT", one, replace),
            ("DELETE", one, delete),
        ]
        return [Endpoint(method, at, handler) for method, at, handler in handlers]


def _key(item: Json) -> str:
    return str(item["id"])
