"""Groups and their members: https://learn.microsoft.com/graph/api/resources/group."""

from __future__ import annotations

import re
import secrets
import uuid

from rolecall.emulators.application import Answer, Call, Endpoint, Json
from rolecall.emulators.entra.caller import Tenants
from rolecall.emulators.entra.directory import remove
from rolecall.emulators.entra.errors import invalid, missing
from rolecall.emulators.entra.properties import settable
from rolecall.emulators.entra.queries import Item

# "up to 20 members can be added in a single request" (group: update).
MOST_BOUND = 20
_BOUND = ("members@odata.bind", "owners@odata.bind")
_EXISTS = "One or more added object references already exist for the following modified properties: 'members'."
_SET_ONCE = ("isAssignableToRole",)


class Groups:
    """The routes under /v1.0/groups."""

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        path, one = "/v1.0/groups", "/v1.0/groups/{id}"
        return [
            Endpoint("GET", path, self.list_all, knows=("$select",)),
            Endpoint("GET", f"{path}/$count", lambda call: self._tenants.queries.count(call, self._items())),
            Endpoint("POST", path, self.create),
            Endpoint("GET", one, lambda call: self._tenants.one(call, self._find(call), sort="group")),
            Endpoint("PATCH", one, self.update),
            Endpoint("DELETE", one, self.delete),
            Endpoint("POST", f"{one}/members/$ref", self.add_member),
            Endpoint("DELETE", f"{one}/members/{{member}}/$ref", self.remove_member),
            Endpoint("POST", f"{one}/renew", self.renew),
        ]

    def list_all(self, call: Call) -> Answer:
        """Answer groups."""
        return self._tenants.queries.page(call, self._items())

    def create(self, call: Call) -> Answer:
        """Make a group; names need not be unique."""
        body = settable("group", call.body, also=_BOUND)
        for name in ("displayName", "mailNickname"):
            if not body.get(name):
                raise invalid(f"A value is required for property '{name}' of resource 'Group'.")
        for name in ("mailEnabled", "securityEnabled"):
            if not isinstance(body.get(name), bool):
                raise invalid(f"A value is required for property '{name}' of resource 'Group'.")
        unified = "Unified" in (body.get("groupTypes") or [])
        if body["mailEnabled"] and not unified:
            raise invalid("The service does not support the creation of mail-enabled security groups.")
        if not body["securityEnabled"] and not unified:
            raise invalid("Either mailEnabled or securityEnabled must be true.")
        if not re.fullmatch(r"[A-Za-z0-9._\-]{1,64}", str(body["mailNickname"])):
            raise invalid("Invalid value specified for property 'mailNickname' of resource 'Group'.")
        identity, at = str(uuid.uuid4()), self._tenants.timestamp()
        made: Json = {"id": identity, "createdDateTime": at, "renewedDateTime": at, **body}
        made["securityIdentifier"] = security_identifier()
        if unified:
            made |= {"mail": f"{body['mailNickname']}@example.com", "visibility": body.get("visibility") or "Public"}
        now = self._tenants.now()
        members, owners = self._bound(call.body, "members"), self._bound(call.body, "owners")
        now.groups[identity], now.members[identity] = made, members
        if owners:
            now.owners[identity] = owners
        return Answer(self._tenants.one(call, made, sort="group"), 201)

    def update(self, call: Call) -> Answer:
        """Change parts of a group, or add up to 20 members."""
        group = self._find(call)
        changed = settable("group", call.body, also=_BOUND)
        if once := next((name for name in _SET_ONCE if name in changed), ""):
            raise invalid(f"Property '{once}' is read-only and cannot be set.")
        nickname = changed.get("mailNickname", group["mailNickname"])
        if not re.fullmatch(r"[A-Za-z0-9._\-]{1,64}", str(nickname)):
            raise invalid("Invalid value specified for property 'mailNickname' of resource 'Group'.")
        bound = self._bound(call.body, "members")
        held = self._tenants.now().members[group["id"]]
        if set(bound) & set(held):
            raise invalid(_EXISTS)
        group.update(changed)
        held += bound
        return Answer(None, 204)

    def delete(self, call: Call) -> Answer:
        """Put a group among the deleted ones, from where it can be had back for 30 days."""
        remove(self._tenants, "group", self._find(call)["id"])
        return Answer(None, 204)

    def renew(self, call: Call) -> Answer:
        """Renew a group that expires."""
        self._find(call)["renewedDateTime"] = self._tenants.timestamp()
        return Answer(None, 204)

    def add_member(self, call: Call) -> Answer:
        """Add one member."""
        group = self._find(call)
        held = self._tenants.now().members[group["id"]]
        member = self._reference(str(call.body.get("@odata.id") or ""))
        if member in held:
            raise invalid(_EXISTS)
        if member == group["id"]:
            raise invalid("A group cannot be a member of itself.")
        held.append(member)
        return Answer(None, 204)

    def remove_member(self, call: Call) -> Answer:
        """Take one member out."""
        held = self._tenants.now().members[self._find(call)["id"]]
        member = call.parameters["member"]
        if member not in held:
            raise missing(member)
        held.remove(member)
        return Answer(None, 204)

    def _items(self) -> list[Item]:
        return [Item("group", one) for one in self._tenants.now().groups.values()]

    def _find(self, call: Call) -> Json:
        found = self._tenants.now().groups.get(call.parameters["id"])
        if found is None:
            raise missing(call.parameters["id"])
        return found

    def _bound(self, body: Json, name: str) -> list[str]:
        bound = body.get(f"{name}@odata.bind") or []
        if len(bound) > MOST_BOUND:
            raise invalid(f"The request exceeds the maximum of {MOST_BOUND} references.")
        return [self._reference(str(one)) for one in bound]

    def _reference(self, address: str) -> str:
        """Return the id at the end of an address, if there is such an object."""
        identity = address.rstrip("/").rsplit("/", 1)[-1].removesuffix("')").rpartition("('")[2]
        if "/" not in address or self._tenants.now().of(identity) is None:
            raise missing(identity)
        return identity


def security_identifier() -> str:
    """Return a new security identifier, as Entra ID makes them of an object's id."""
    return "S-1-12-1-" + "-".join(str(secrets.randbelow(2**32)) for _ in range(4))
