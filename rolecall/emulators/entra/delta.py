"""Changes since an earlier answer: https://learn.microsoft.com/graph/delta-query-overview."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Callable, Sequence
from urllib.parse import quote

from rolecall.emulators.application import Answer, Call, Endpoint, Json
from rolecall.emulators.entra.caller import Tenants
from rolecall.emulators.entra.directory import COLLECTIONS
from rolecall.emulators.entra.errors import bad_query
from rolecall.emulators.entra.models import Tenant
from rolecall.emulators.entra.queries import Item, selected
from rolecall.emulators.strictness import as_sent

KEPT_TOKENS = 200
# What a filter of directory objects may say: https://learn.microsoft.com/graph/api/directoryobject-delta
_IDS = re.compile(r"id eq '([^']+)'")
_TYPES = re.compile(r"isof\('microsoft\.graph\.(\w+)'\)")


class Deltas:
    """The routes /{collection}/delta; each answers all changes on one page."""

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        found = []
        for collection, sort in COLLECTIONS.items():
            for name in ("delta", "delta()", "microsoft.graph.delta()"):
                knows = ("$select", "$top")
                found.append(Endpoint("GET", f"/v1.0/{collection}/{name}", self._changes((sort,)), knows=knows))
        found.append(Endpoint("GET", "/v1.0/directoryObjects/delta", self.of_objects, knows=("$select", "$top")))
        return found

    def of_objects(self, call: Call) -> Answer:
        """Answer the changes of all directory objects, or of the types that the filter names."""
        text = call.query.get("$filter", "")
        sorts = _alternatives(_TYPES, text)
        if unknown := [one for one in sorts if one not in COLLECTIONS.values()]:
            raise bad_query(f"Invalid filter clause: {unknown[0]}")
        return self._changes(sorts or [*COLLECTIONS.values()], of_all=True)(call)

    def _changes(self, sorts: Sequence[str], *, of_all: bool = False) -> Callable[[Call], Answer]:
        def answer(call: Call) -> Answer:
            # "The only supported filter is on id": https://learn.microsoft.com/graph/api/group-delta
            ids = [] if of_all else _alternatives(_IDS, call.query.get("$filter", ""))
            now, token = self._tenants.now(), call.query.get("$deltatoken", "")
            if token and token != "latest" and token not in now.deltas:
                raise bad_query("Badly formed token.")
            kinds = {key: sort for sort in sorts for key in now.held(sort) if not ids or key in ids}
            current = {key: _digest(now.held(sort)[key], now.members.get(key)) for key, sort in kinds.items()}
            before = current if token == "latest" else now.deltas.get(token, {})
            names = [one.strip() for one in call.query.get("$select", "").split(",") if one.strip()]
            changed = [key for key, digest in current.items() if before.get(key) != digest]
            value = [self._shown(kinds[key], key, names) for key in changed]
            if of_all:
                typed = zip(changed, value, strict=True)
                value = [{"@odata.type": f"#microsoft.graph.{kinds[key]}", **one} for key, one in typed]
            removed = [key for key in before if key not in current]
            value += [{"id": key, "@removed": {"reason": _reason(now, key)}} for key in removed]
            made = secrets.token_urlsafe(24)
            now.deltas[made] = current
            for old in list(now.deltas)[:-KEPT_TOKENS]:
                del now.deltas[old]
            kept = {key: one for key, one in as_sent(call.query).items() if key in ("$select", "$filter")}
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


def _alternatives(clause: re.Pattern[str], text: str) -> list[str]:
    """Return what each clause of a filter names, where they are joined by `or`.

    Raises:
        Refused: another filter.
    """
    found = [clause.fullmatch(one.strip()) for one in text.split(" or ")] if text else []
    if not all(found):
        raise bad_query(f"Invalid filter clause: {text}")
    return [match[1] for match in found if match]


def _reason(now: Tenant, key: str) -> str:
    """Return why something is gone: it can be had back, or it cannot."""
    return "changed" if key in now.deleted else "deleted"


def _digest(value: Json, members: list[str] | None) -> str:
    return hashlib.sha256(json.dumps([value, members], sort_keys=True).encode()).hexdigest()
