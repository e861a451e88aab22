"""The emulator's state: one project with its access control, and that of its organization and its account."""

from __future__ import annotations

import copy
from dataclasses import asdict, dataclass, field
from typing import Self

from rolecall.emulators.application import Json

PIPELINE = "PIPELINE"
VIEW, EXECUTE, EDIT, DELETE = (
    "core_pipeline_view",
    "core_pipeline_execute",
    "core_pipeline_edit",
    "core_pipeline_delete",
)
PROJECT, ORGANIZATION, ACCOUNT = "project", "organization", "account"
EVERYTHING = "_all_project_level_resources"
WITH_CHILD_SCOPES = "_all_resources_including_child_scopes"
_ALL = (VIEW, EXECUTE, EDIT, DELETE, "core_role_edit", "core_usergroup_manage")
ACCOUNT_ADMINISTRATOR = "_account_admin"
# Roles that are there from the beginning, by level:
# https://developer.harness.io/docs/platform/role-based-access-control/add-manage-roles
BUILT_IN = {
    PROJECT: {"_project_admin": _ALL, "_project_viewer": (VIEW,), "_pipeline_executor": (VIEW, EXECUTE)},
    ORGANIZATION: {"_organization_admin": _ALL, "_organization_viewer": (VIEW,), "_pipeline_executor": (VIEW, EXECUTE)},
    ACCOUNT: {ACCOUNT_ADMINISTRATOR: _ALL, "_account_viewer": (VIEW,), "_pipeline_executor": (VIEW, EXECUTE)},
}
PRINCIPALS = ("USER", "USER_GROUP", "SERVICE_ACCOUNT")


@dataclass
class Level:
    """The access control of a project, or of what it belongs to.

    Attributes:
        roles: by identifier.
        resource_groups: by identifier.
        assignments: role assignments by identifier.
    """

    roles: dict[str, Json] = field(default_factory=dict)
    resource_groups: dict[str, Json] = field(default_factory=dict)
    assignments: dict[str, Json] = field(default_factory=dict)


@dataclass(kw_only=True)
class Project(Level):
    """A project.

    Attributes:
        account: id of its account.
        organization: identifier of its organization.
        project: its identifier.
        user_groups: by identifier; each as the service describes it.
        service_accounts: by identifier.
        pipelines: YAML by identifier.
        executions: by id; each with its pipeline, its state, who started it, and what its approval waits for.
        users: the groups of the identity provider that each user is in, by the user's id, which is an e-mail address:
            they are in the user groups that are linked to these.
        keys: whose each API key is: the type and the identifier of a principal.
        above: the access control of its organization and of its account.
    """

    account: str
    organization: str
    project: str
    user_groups: dict[str, Json] = field(default_factory=dict)
    service_accounts: dict[str, Json] = field(default_factory=dict)
    pipelines: dict[str, str] = field(default_factory=dict)
    triggers: dict[str, str] = field(default_factory=dict)
    executions: dict[str, Json] = field(default_factory=dict)
    users: dict[str, list[str]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    above: dict[str, Level] = field(default_factory=dict)

    @property
    def administrators(self) -> list[str]:
        """Who administers the account, and so may do everything; written TYPE/ID."""
        return [
            principal_of(one)
            for one in self.above[ACCOUNT].assignments.values()
            if one["roleIdentifier"] == ACCOUNT_ADMINISTRATOR
        ]

    def level(self, name: str) -> Level:
        """Return the access control of a level."""
        return self if name == PROJECT else self.above[name]

    def may(self, caller: str, permission: str, pipeline: str) -> bool:
        """Return whether a principal, written TYPE/ID, has a permission on a pipeline."""
        if caller in self.administrators:
            return True
        sort, _, identity = caller.partition("/")
        mine = {caller, *(f"USER_GROUP/{group}" for group in self.groups_of(identity) if sort == "USER")}
        return any(
            principal_of(one) in mine
            and not one.get("disabled")
            and permission in level.roles.get(one["roleIdentifier"], {}).get("permissions", [])
            and self._holds(level.resource_groups.get(one["resourceGroupIdentifier"], {}), pipeline)
            for level in (self, *self.above.values())
            for one in level.assignments.values()
        )

    def groups_of(self, user: str) -> set[str]:
        """Return the identifiers of the user groups that a user is in."""
        names = self.users.get(user, [])
        return {key for key, one in self.user_groups.items() if (one.get("ssoGroupName") or key) in names}

    def _holds(self, group: Json, pipeline: str) -> bool:
        if not any(self._is_in(one) for one in group.get("includedScopes") or []):
            return False
        chosen = group.get("resourceFilter") or {}
        if chosen.get("includeAllResources"):
            return True
        return any(
            one["resourceType"] == PIPELINE and (not one.get("identifiers") or pipeline in one["identifiers"])
            for one in chosen.get("resources") or []
        )

    def _is_in(self, scope: Json) -> bool:
        """Return whether the project is in a scope of a resource group."""
        asked = [scope.get(f"{one}Identifier") for one in ("account", "org", "project")]
        named = [one for one in asked if one]
        mine = [self.account, self.organization, self.project]
        return named == mine or (named == mine[: len(named)] and scope.get("filter") == "INCLUDING_CHILD_SCOPES")

    def to_json(self) -> Json:
        """Return the whole state as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, saved: Json) -> Self:
        """Return the project of a state that `to_json` returned."""
        above = {name: Level(**level) for name, level in saved["above"].items()}
        return cls(**{**copy.deepcopy(saved), "above": above})


def principal_of(assignment: Json) -> str:
    """Return who has a role, written TYPE/ID, or TYPE/LEVEL.ID where it is the organization's or the account's."""
    principal = assignment["principal"]
    level = principal.get("scopeLevel") if principal["type"] != "USER" else None
    return f"{principal['type']}/{f'{level}.' if level in (ORGANIZATION, ACCOUNT) else ''}{principal['identifier']}"
