"""The emulator's state: a cluster with its groups, applications, permissions, definitions and executions."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from rolecall.emulators.application import Json

# https://orkes.io/content/access-control-and-security/users-and-groups#roles
ROLES = (
    "ADMIN",
    "METADATA_MANAGER",
    "METADATA_API",
    "UNRESTRICTED_WORKER",
    "USER",
    "USER_READ_ONLY",
    "WORKER",
    "WORKFLOW_MANAGER",
)
# What some of them give, whatever permissions say: on every workflow, and on every definition.
MANAGES = {
    "WORKFLOW_MANAGER": (("WORKFLOW_DEF",), ("READ", "EXECUTE")),
    "METADATA_MANAGER": (("WORKFLOW_DEF", "TASK_DEF"), ("CREATE", "READ", "UPDATE", "DELETE")),
}
ACCESS = ("CREATE", "READ", "EXECUTE", "UPDATE", "DELETE")
TARGETS = ("WORKFLOW_DEF", "TASK_DEF", "APPLICATION", "USER", "SECRET_NAME", "TAG", "DOMAIN")
SUBJECTS = ("USER", "ROLE", "GROUP", "TAG")


@dataclass
class Cluster:
    """A cluster with everything in it.

    Attributes:
        groups: by id; each with description, roles and the ids of the users in it.
        users: by id; each with its name and roles.
        applications: by id; each with its name, roles, tags and access keys.
        permissions: for each target, written TYPE/ID, and each subject, written so too, what it may do.
        tags: of each target, written TYPE/ID; who holds something on a tag holds it on the target.
        workflows: definitions by name and version.
        tasks: definitions by name.
        executions: by id.
        schedules: by name.
        events: event handlers by name.
        webhooks: by id.
        tokens: who holds a token, by its text: the id of a user; an application's is app:ID.
    """

    groups: dict[str, Json] = field(default_factory=dict)
    users: dict[str, Json] = field(default_factory=dict)
    applications: dict[str, Json] = field(default_factory=dict)
    permissions: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    tags: dict[str, list[Json]] = field(default_factory=dict)
    workflows: dict[str, dict[str, Json]] = field(default_factory=dict)
    tasks: dict[str, Json] = field(default_factory=dict)
    executions: dict[str, Json] = field(default_factory=dict)
    schedules: dict[str, Json] = field(default_factory=dict)
    events: dict[str, Json] = field(default_factory=dict)
    webhooks: dict[str, Json] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def roles_of(self, user: str) -> set[str]:
        """Return the roles of a user, by itself and by its groups."""
        own = self.users[user]["roles"] if user in self.users else self._application_roles(user)
        return {*own, *(role for group in self.groups_of(user) for role in self.groups[group]["roles"])}

    def groups_of(self, user: str) -> list[str]:
        """Return the ids of the groups that a user is in."""
        return [identity for identity, group in self.groups.items() if user in group["users"]]

    def may(self, user: str, access: str, target: str) -> bool:
        """Return whether a user may do something: by a permission, one of its groups, or a role."""
        roles, kind = self.roles_of(user), target.partition("/")[0]
        managed = [MANAGES[role] for role in roles if role in MANAGES]
        if "ADMIN" in roles or any(kind in kinds and access in given for kinds, given in managed):
            return True
        subjects = [f"USER/{user}", *(f"GROUP/{group}" for group in self.groups_of(user))]
        targets = [target, *(f"TAG/{tag['key']}:{tag['value']}" for tag in self.tags.get(target, []))]
        held = [self.permissions.get(one, {}) for one in targets]
        return any(access in one.get(subject, []) for one in held for subject in subjects)

    def to_json(self) -> Json:
        """Return the whole state as plain values."""
        return asdict(self)

    def _application_roles(self, user: str) -> list[str]:
        application = self.applications.get(user.removeprefix("app:"))
        return list(application["roles"]) if application else []
