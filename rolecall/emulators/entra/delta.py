"""Changes since an earlier answer: https://learn.microsoft.com/graph/delta-query-overview."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable
from urllib.parse import quote

from rolecall.emulators.application import Answer, Call, Endpoint, Json
from rolecall.emulators.entra.caller import Tenants
from rolecall.emulators.entra.directory import COLLECTIONS
from rolecall.emulators.entra.errors import bad_query
from rolecall.emulators.entra.models import Tenant
from rolecall.emulators.entra.queries import Item, selected
from rolecall.emulators.strictness import as_sent

KEPT_TOKENS = 200


class Deltas:
    """The routes /{collection}/delta; each answers all changes on one page."""

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        found = []
        for collection, sort in COLLECTIONS.items():
            for name in ("delta", "delta()", "microsoft.graph.delta()"):
                knows = ("$select", "$top", "$filter", "$expand")
                found.append(Endpoint("GET", f"/v1.0/{collection}/{name}", self._changes(sort), knows=knows))
        return found

    def _changes(self, sort: str) -> Callable[[Call], Answer]:
        def answer(call: Call) -> Answer:
            now, token = self._tenants.now(), call.query.get("$deltatoken", "")
            if token and token != "latest" and token not in now.deltas:
                raise bad_query("Badly formed token.")
            current = {key: _digest(value, now.members.get(key)) for key, value in now.held(sort).items()}
            before = current if token == "latest" else now.deltas.get(token, {})
            names = [one.strip() for one in call.query.get("$select", "").split(",") if one.strip()]
            value = [self._shown(sort, key, names) for key, digest in current.items() if before.get(key) != digest]
            removed = [key for key in before if key not in current]
            value += [{"id": key, "@removed": {"reason": _reason(now, key)}} for key in removed]
            made = secrets.token_urlsafe(24)
            now.deltas[made] = current
            for old in list(now.deltas)[:-KEPT_TOKENS]:
                del now.deltas[old]
            kept = {key: one for key, one in as_sent(call.query).items() if key == "$select"}
            query = "&".join(f"{key}={quote(one)}" for key, one in {**kept, "$deltatoken": made}.items())
            context = f"{self._tenants.address()}/v1.0/$metadata#{call.path.strip('/').split('/')[1]}"
            link = f"{self._tenants.address()}{call.path}?{query}"
            return Answer({"@odata.context": context, "@odata.deltaLink": link, "value": value})

        return answer

    def _shown(self, sort: str, key: str, names: list[str]) -> Json:
        now = self._tenants.now()
        found = {"id": key, **selected(Item(sort, now.held(sort)[key]), names)}
        if sort == "group" and (not names or "members" in names):
            members = [
                {"@odata.type": f"#microsoft.graph.{kind}", "id": one["id"]}
                for kind, one in now.found(now.members[key])
            ]
            found["members@delta"] = members
        return found


def _reason(now: Tenant, key: str) -> str:
    """Return why something is gone: it can be had back, or it cannot."""
    return "changed" if key in now.deleted else "deleted"


def _digest(value: Json, members: list[str] | None) -> str:
    return hashlib.sha256(json.dumps([value, members], sort_keys=True).encode()).hexdigest()
