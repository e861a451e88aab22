"""The emulator's state: a tenant with its users, groups, applications and service principals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from rolecall.emulators.application import Json


@dataclass
class Tenant:
    """A tenant with everything in it; resources are kept as Graph answers them, by their id."""

    id: str
    users: dict[str, Json] = field(default_factory=dict)
    groups: dict[str, Json] = field(default_factory=dict)
    # Group id to the ids of its direct members: users, groups and service principals.
    members: dict[str, list[str]] = field(default_factory=dict)
    applications: dict[str, Json] = field(default_factory=dict)
    service_principals: dict[str, Json] = field(default_factory=dict)
    # Object id of an application to its federated credentials by id.
    federated: dict[str, dict[str, Json]] = field(default_factory=dict)
    # Object id of a service principal to who is assigned to it, by the assignment's id.
    assignments: dict[str, dict[str, Json]] = field(default_factory=dict)
    # What was deleted and can be had back: its sort is under `sort`.
    deleted: dict[str, Json] = field(default_factory=dict)
    sign_ins: list[Json] = field(default_factory=list)
    # Client secrets and permissions of applications by their application id.
    secrets: dict[str, str] = field(default_factory=dict)
    permissions: dict[str, list[str]] = field(default_factory=dict)
    redirects: dict[str, list[str]] = field(default_factory=dict)
    # Further secrets of applications by their application id, by the secret's id.
    passwords: dict[str, dict[str, str]] = field(default_factory=dict)
    # Which service an enterprise application provisions, by the service principal's id; and how.
    provisions: dict[str, str] = field(default_factory=dict)
    # Ids of owners by the id of the group or application, and directory roles by the path and the assignment's id.
    owners: dict[str, list[str]] = field(default_factory=dict)
    role_assignments: dict[str, dict[str, Json]] = field(default_factory=dict)
    # Id of a user to that of the manager, and delegated permissions by their id.
    managers: dict[str, str] = field(default_factory=dict)
    grants: dict[str, Json] = field(default_factory=dict)
    # What each delta token has answered: digest by id.
    deltas: dict[str, dict[str, str]] = field(default_factory=dict)

    def held(self, sort: str) -> dict[str, Json]:
        """Return the resources of a sort: `user`, `group`, `application` or `servicePrincipal`."""
        return {
            "user": self.users,
            "group": self.groups,
            "application": self.applications,
            "servicePrincipal": self.service_principals,
        }[sort]

    def find(self, identity: str) -> tuple[str, Json] | None:
        """Return the sort and the resource of an id."""
        for sort in ("user", "group", "servicePrincipal", "application"):
            if identity in self.held(sort):
                return sort, self.held(sort)[identity]
        return None

    def found(self, identities: Iterator[str] | list[str]) -> list[tuple[str, Json]]:
        """Return the sorts and resources of ids, without those that are not there."""
        return [one for identity in identities if (one := self.find(identity))]

    def of(self, identity: str) -> Json | None:
        """Return a user, group or service principal with its type."""
        found = self.find(identity)
        if found is None or found[0] == "application":
            return None
        return {"@odata.type": f"#microsoft.graph.{found[0]}", **found[1]}

    def transitive_members(self, group: str) -> list[str]:
        """Return the ids of everybody and everything in a group, through nested groups too; each once."""
        found: dict[str, None] = {}
        pending = list(self.members.get(group, []))
        while pending:
            one = pending.pop(0)
            if one not in found:
                found[one] = None
                pending += self.members.get(one, [])
        return list(found)

    def groups_of(self, identity: str, *, transitive: bool) -> list[str]:
        """Return the ids of the groups of a principal: directly, or through other groups too."""
        found: dict[str, None] = {}
        pending = [identity]
        while pending:
            one = pending.pop(0)
            above = [group for group, members in self.members.items() if one in members and group in self.groups]
            pending += [group for group in above if group not in found] if transitive else []
            found.update(dict.fromkeys(above))
        return list(found)

    def roles_of(self, identity: str) -> list[Json]:
        """Return the directory roles of a principal, as resources."""
        held = self.role_assignments.get("roleAssignments", {}).values()
        return [
            {"id": one["roleDefinitionId"], "roleTemplateId": one["roleDefinitionId"], "displayName": None}
            for one in held
            if one["principalId"] == identity
        ]

    def forget(self, identity: str) -> None:
        """Take an object out of everything that refers to it."""
        for members in (*self.members.values(), *self.owners.values()):
            if identity in members:
                members.remove(identity)
        self.owners.pop(identity, None)
        for assigned in self.assignments.values():
            for key in [key for key, one in assigned.items() if one["principalId"] == identity]:
                del assigned[key]
        for roles in self.role_assignments.values():
            for key in [key for key, one in roles.items() if one["principalId"] == identity]:
                del roles[key]

    def to_json(self) -> Json:
        """Return the whole state as plain values."""
        return asdict(self)


def tenant_from_json(value: Json) -> Tenant:
    """Return the state that `to_json` wrote; states of earlier versions lack fields that have defaults."""
    return Tenant(**value)


def timestamp(now: float) -> str:
    """Return a time as Graph writes it."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
