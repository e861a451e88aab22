"""The emulator's state: a tenant with its users, groups, applications and service principals."""

from __future__ import annotations

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
    deleted: dict[str, Json] = field(default_factory=dict)
    sign_ins: list[Json] = field(default_factory=list)
    # Client secrets and permissions of applications by their application id.
    secrets: dict[str, str] = field(default_factory=dict)
    permissions: dict[str, list[str]] = field(default_factory=dict)
    redirects: dict[str, list[str]] = field(default_factory=dict)
    # Which service an enterprise application provisions, by the service principal's id; and how.
    provisions: dict[str, str] = field(default_factory=dict)
    # Ids of owners by the id of the group or application, and directory roles by the path and the assignment's id.
    owners: dict[str, list[str]] = field(default_factory=dict)
    role_assignments: dict[str, dict[str, Json]] = field(default_factory=dict)

    def of(self, identity: str) -> Json | None:
        """Return a user, group or service principal with its type."""
        for kind, held in (
            ("user", self.users),
            ("group", self.groups),
            ("servicePrincipal", self.service_principals),
        ):
            if identity in held:
                return {"@odata.type": f"#microsoft.graph.{kind}", **held[identity]}
        return None

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

    def to_json(self) -> Json:
        """Return the whole state as plain values."""
        return asdict(self)


def tenant_from_json(value: Json) -> Tenant:
    """Return the state that `to_json` wrote."""
    return Tenant(**value)


def timestamp(now: float) -> str:
    """Return a time as Graph writes it."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
