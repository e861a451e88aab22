"""Groups and their members: https://learn.microsoft.com/graph/api/resources/group."""

from __future__ import annotations

import re
import uuid

from rolecall.emulators.application import Answer, Call, Endpoint, Json
from rolecall.emulators.entra.caller import Tenants, selected
from rolecall.emulators.entra.errors import invalid, missing

# "up to 20 members can be added in a single request" (group: update).
MOST_BOUND = 20
CHANGEABLE = ("displayName", "description", "mailNickname", "visibility")


class Groups:
    """The routes under /v1.0/groups, and those of what was deleted."""

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        path, one = "/v1.0/groups", "/v1.0/groups/{id}"
        deleted = "/v1.0/directory/deletedItems"
        return [
            Endpoint("GET", path, self.list_all, knows=("$select",)),
            Endpoint("POST", path, self.create),
            Endpoint("GET", one, lambda call: selected(call, self._find(call))),
            Endpoint("PATCH", one, self.update),
            Endpoint("DELETE", one, self.delete),
            Endpoint("GET", f"{one}/members", self.members, knows=("$select",)),
            Endpoint("GET", f"{one}/transitiveMembers", self.transitive_members, knows=("$select",)),
            Endpoint("GET", f"{one}/transitiveMembers/microsoft.graph.user", self.transitive_users, knows=("$select",)),
            Endpoint("POST", f"{one}/members/$ref", self.add_member),
            Endpoint("DELETE", f"{one}/members/{{member}}/$ref", self.remove_member),
            Endpoint("GET", f"{deleted}/microsoft.graph.group", self.list_deleted, knows=("$select",)),
            Endpoint("GET", f"{deleted}/{{id}}", self.get_deleted),
            Endpoint("POST", f"{deleted}/{{id}}/restore", self.restore),
            Endpoint("DELETE", f"{deleted}/{{id}}", self.purge),
        ]

    def list_all(self, call: Call) -> Answer:
        """Answer groups."""
        return self._tenants.page(call, list(self._tenants.now().groups.values()))

    def create(self, call: Call) -> Answer:
        """Make a group; names need not be unique."""
        body = call.body
        for name in ("displayName", "mailNickname"):
            if not body.get(name):
                raise invalid(f"A value is required for property '{name}' of resource 'Group'.")
        if body.get("mailEnabled") is not False or body.get("securityEnabled") is not True:
            raise invalid("Only security groups can be made: mailEnabled false, securityEnabled true.")
        if not re.fullmatch(r"[A-Za-z0-9._\-]{1,64}", str(body["mailNickname"])):
            raise invalid("Invalid value specified for property 'mailNickname' of resource 'Group'.")
        made: Json = {
            "id": str(uuid.uuid4()),
            "createdDateTime": self._tenants.timestamp(),
            "displayName": body["displayName"],
            "description": body.get("description"),
            "mailNickname": body["mailNickname"],
            "mailEnabled": False,
            "securityEnabled": True,
            "groupTypes": body.get("groupTypes") or [],
        }
        now = self._tenants.now()
        bound = self._bound(body)
        now.groups[made["id"]] = made
        now.members[made["id"]] = bound
        return Answer(made, 201)

    def update(self, call: Call) -> Answer:
        """Change parts of a group, or add up to 20 members."""
        group = self._find(call)
        bound = self._bound(call.body)
        held = self._tenants.now().members[group["id"]]
        if set(bound) & set(held):
            raise invalid(
                "One or more added object references already exist for the following modified properties: 'members'."
            )
        group.update({key: call.body[key] for key in CHANGEABLE if key in call.body})
        held += bound
        return Answer(None, 204)

    def delete(self, call: Call) -> Answer:
        """Put a group among the deleted ones, from where it can be had back for 30 days."""
        group = self._find(call)
        now = self._tenants.now()
        del now.groups[group["id"]]
        now.deleted[group["id"]] = {**group, "members": now.members.pop(group["id"], [])}
        for held in now.members.values():
            if group["id"] in held:
                held.remove(group["id"])
        for assigned in now.assignments.values():
            for key in [key for key, one in assigned.items() if one["principalId"] == group["id"]]:
                del assigned[key]
        return Answer(None, 204)

    def members(self, call: Call) -> Answer:
        """Answer the direct members."""
        return self._page_of(call, self._tenants.now().members[self._find(call)["id"]])

    def transitive_members(self, call: Call) -> Answer:
        """Answer all members, through nested groups too."""
        return self._page_of(call, self._tenants.now().transitive_members(self._find(call)["id"]))

    def transitive_users(self, call: Call) -> Answer:
        """Answer all members that are users."""
        now = self._tenants.now()
        users = [one for one in now.transitive_members(self._find(call)["id"]) if one in now.users]
        return self._page_of(call, users)

    def add_member(self, call: Call) -> Answer:
        """Add one member."""
        group = self._find(call)
        held = self._tenants.now().members[group["id"]]
        member = self._reference(str(call.body.get("@odata.id") or ""))
        if member in held:
            raise invalid(
                "One or more added object references already exist for the following modified properties: 'members'."
            )
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

    def list_deleted(self, call: Call) -> Answer:
        """Answer the groups that were deleted."""
        return self._tenants.page(call, [_without_members(one) for one in self._tenants.now().deleted.values()])

    def get_deleted(self, call: Call) -> Json:
        """Answer one group that was deleted."""
        return _without_members(self._deleted(call))

    def restore(self, call: Call) -> Json:
        """Have a deleted group back, with its id and members."""
        group = self._deleted(call)
        now = self._tenants.now()
        del now.deleted[group["id"]]
        now.members[group["id"]] = list(group["members"])
        now.groups[group["id"]] = _without_members(group)
        return now.groups[group["id"]]

    def purge(self, call: Call) -> Answer:
        """Remove a deleted group for good."""
        del self._tenants.now().deleted[self._deleted(call)["id"]]
        return Answer(None, 204)

    def _find(self, call: Call) -> Json:
        found = self._tenants.now().groups.get(call.parameters["id"])
        if found is None:
            raise missing(call.parameters["id"])
        return found

    def _deleted(self, call: Call) -> Json:
        found = self._tenants.now().deleted.get(call.parameters["id"])
        if found is None:
            raise missing(call.parameters["id"])
        return found

    def _page_of(self, call: Call, identities: list[str]) -> Answer:
        now = self._tenants.now()
        found = [one for identity in identities if (one := now.of(identity))]
        return self._tenants.page(call, found)

    def _bound(self, body: Json) -> list[str]:
        bound = body.get("members@odata.bind") or []
        if len(bound) > MOST_BOUND:
            raise invalid(f"The request exceeds the maximum of {MOST_BOUND} references.")
        return [self._reference(str(one)) for one in bound]

    def _reference(self, address: str) -> str:
        """Return the id at the end of an address, if there is such an object."""
        identity = address.rstrip("/").rsplit("/", 1)[-1]
        if "/" not in address or self._tenants.now().of(identity) is None:
            raise missing(identity)
        return identity


def _without_members(group: Json) -> Json:
    return {key: value for key, value in group.items() if key != "members"}
