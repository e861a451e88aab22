"""The emulator's state: one project with its access control, pipelines and executions."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from rolecall.emulators.application import Json

PIPELINE = "PIPELINE"
VIEW, EXECUTE, EDIT, DELETE = (
    "core_pipeline_view",
    "core_pipeline_execute",
    "core_pipeline_edit",
    "core_pipeline_delete",
)
EVERYTHING = "_all_project_level_resources"
# Roles that every project has: https://developer.harness.io/docs/platform/role-based-access-control/add-manage-roles
BUILT_IN = {
    "_project_admin": (VIEW, EXECUTE, EDIT, DELETE, "core_role_edit", "core_usergroup_manage"),
    "_project_viewer": (VIEW,),
    "_pipeline_executor": (VIEW, EXECUTE),
}
PRINCIPALS = ("USER", "USER_GROUP", "SERVICE_ACCOUNT")


@dataclass
class Project:
    """A project.

    Attributes:
        account: id of its account.
        organization: identifier of its organization.
        project: its identifier.
        user_groups: by identifier; each as the service describes it.
        service_accounts: by identifier.
        roles: by identifier.
        resource_groups: by identifier.
        assignments: role assignments by identifier.
        pipelines: YAML by identifier.
        executions: by id; each with its pipeline, its state, who started it, and what its approval waits for.
        users: the groups of the identity provider that each user is in, by the user's id, which is an e-mail address:
            they are in the user groups that are linked to these.
        keys: whose each API key is: the type and the identifier of a principal.
        administrators: principals, written TYPE/ID, that may do everything.
    """

    account: str
    organization: str
    project: str
    user_groups: dict[str, Json] = field(default_factory=dict)
    service_accounts: dict[str, Json] = field(default_factory=dict)
    roles: dict[str, Json] = field(default_factory=dict)
    resource_groups: dict[str, Json] = field(default_factory=dict)
    assignments: dict[str, Json] = field(default_factory=dict)
    pipelines: dict[str, str] = field(default_factory=dict)
    executions: dict[str, Json] = field(default_factory=dict)
    users: dict[str, list[str]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    administrators: list[str] = field(default_factory=list)

    def may(self, caller: str, permission: str, pipeline: str) -> bool:
        """Say whether a principal, written TYPE/ID, has a permission on a pipeline."""
        if caller in self.administrators:
            return True
        sort, _, identity = caller.partition("/")
        mine = {caller, *(f"USER_GROUP/{group}" for group in self.groups_of(identity) if sort == "USER")}
        return any(
            f"{one['principal']['type']}/{one['principal']['identifier']}" in mine
            and not one.get("disabled")
            and permission in self.roles.get(one["roleIdentifier"], {}).get("permissions", [])
            and self._holds(one["resourceGroupIdentifier"], pipeline)
            for one in self.assignments.values()
        )

    def groups_of(self, user: str) -> set[str]:
        """Return the identifiers of the user groups that a user is in."""
        names = self.users.get(user, [])
        return {key for key, one in self.user_groups.items() if (one.get("ssoGroupName") or key) in names}

    def _holds(self, group: str, pipeline: str) -> bool:
        chosen = self.resource_groups.get(group, {}).get("resourceFilter") or {}
        if chosen.get("includeAllResources"):
            return True
        return any(
            one["resourceType"] == PIPELINE and (not one.get("identifiers") or pipeline in one["identifiers"])
            for one in chosen.get("resources") or []
        )

    def to_json(self) -> Json:
        """Return the whole state as plain values."""
        return asdict(self)
