"""Who is assigned to workspaces.

https://docs.databricks.com/api/account/workspaceassignment; the workspace's own route is
https://docs.databricks.com/api/workspace/permissionassignments
"""

from __future__ import annotations

from collections.abc import Callable

from rolecall.emulators.application import Call, Endpoint, Json
from rolecall.emulators.databricks.caller import Caller
from rolecall.emulators.databricks.errors import denied, invalid, missing
from rolecall.emulators.databricks.models import GROUP, SERVICE_PRINCIPAL, Account, Principal, Workspace

LEVELS = ("USER", "ADMIN")


class Assignments:
    """The routes of the account, or of one workspace of it."""

    def __init__(self, account: Callable[[], Account], workspace: str | None) -> None:
        self._account = account
        self._workspace_name = workspace

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        if self._workspace_name is None:
            path = "/api/2.0/accounts/{account_id}/workspaces"
            assignments = f"{path}/{{workspace_id}}/permissionassignments"
            return [
                Endpoint("GET", assignments, self.list_all),
                Endpoint("PUT", f"{assignments}/principals/{{principal_id}}", self.set),
                Endpoint("DELETE", f"{assignments}/principals/{{principal_id}}", self.remove),
            ]
        path = "/api/2.0/preview/permissionassignments"
        return [
            Endpoint("GET", path, self.list_all),
            Endpoint("POST", path, self.add_by_name),
            Endpoint("PUT", f"{path}/principals/{{principal_id}}", self.set),
            Endpoint("DELETE", f"{path}/principals/{{principal_id}}", self.remove),
        ]

    def list_all(self, call: Call) -> Json:
        """Answer who is assigned."""
        workspace = self._workspace(call)
        principals = self._account().principals
        return {
            "permission_assignments": [
                {"principal": _principal(principals[identity]), "permissions": [level]}
                for identity, level in workspace.assignments.items()
            ]
        }

    def set(self, call: Call) -> Json:
        """Assign a principal, or change its level; no level at all takes it away."""
        workspace = self._workspace(call)
        principal = self._find(call)
        levels = call.body.get("permissions")
        if not levels:
            workspace.assignments.pop(principal.id, None)
            return {}
        workspace.assignments[principal.id] = _level(levels)
        return {"principal": _principal(principal), "permissions": [workspace.assignments[principal.id]]}

    def add_by_name(self, call: Call) -> Json:
        """Assign principals that are named; what is wrong with one is said in its own entry."""
        workspace = self._workspace(call)
        answered: list[Json] = []
        for entry in call.body.get("permission_assignments") or []:
            found = self._named(entry)
            if found is None:
                answered.append({"error": "Principal not found in the account."})
                continue
            if "ADMIN" in entry.get("permissions", []):
                answered.append({"error": "Assigning admins by name is not supported."})
                continue
            workspace.assignments[found.id] = _level(entry.get("permissions") or [])
            answered.append({"principal": _principal(found), "permissions": [workspace.assignments[found.id]]})
        return {"permission_assignments": answered}

    def remove(self, call: Call) -> Json:
        """Take an assignment away."""
        workspace = self._workspace(call)
        principal = self._find(call)
        caller: Caller = call.caller
        if principal.id == caller.principal.id:
            raise invalid("You cannot remove yourself from the workspace.")
        if principal.id not in workspace.assignments:
            raise missing(f"Principal {principal.id} is not assigned to the workspace.")
        del workspace.assignments[principal.id]
        return {}

    def _workspace(self, call: Call) -> Workspace:
        account = self._account()
        if self._workspace_name is not None:
            workspace = account.workspaces[self._workspace_name]
        else:
            wanted = call.parameters.get("workspace_id")
            found = next((one for one in account.workspaces.values() if str(one.id) == wanted), None)
            if found is None:
                raise missing(f"Workspace {wanted} does not exist.")
            workspace = found
        self._require_admin(call, workspace)
        return workspace

    def _require_admin(self, call: Call, workspace: Workspace | None) -> None:
        caller: Caller = call.caller
        is_admin = (
            caller.principal.id in self._account().admins if self._workspace_name is None else caller.is_workspace_admin
        )
        if not is_admin:
            where = (
                "the account" if workspace is None or self._workspace_name is None else f"workspace {workspace.name}"
            )
            raise denied(f"{caller.name} is not an administrator of {where}.")

    def _find(self, call: Call) -> Principal:
        found = self._account().principals.get(call.parameters["principal_id"])
        if found is None:
            raise missing(f"Principal with id {call.parameters['principal_id']} does not exist.")
        return found

    def _named(self, entry: Json) -> Principal | None:
        for one in self._account().principals.values():
            if one.type == GROUP and entry.get("group_name") == one.display_name:
                return one
            if one.type == SERVICE_PRINCIPAL and entry.get("service_principal_name") == one.application_id:
                return one
            if one.user_name and entry.get("user_name") == one.user_name:
                return one
        return None


def _level(levels: object) -> str:
    if not isinstance(levels, list) or len(levels) != 1 or levels[0] not in LEVELS:
        raise invalid(f"permissions must be one of {', '.join(LEVELS)}.")
    return str(levels[0])


def _principal(principal: Principal) -> Json:
    shown: Json = {"principal_id": int(principal.id), "display_name": principal.display_name}
    if principal.type == GROUP:
        shown["group_name"] = principal.display_name
    elif principal.type == SERVICE_PRINCIPAL:
        shown["service_principal_name"] = principal.application_id
    else:
        shown["user_name"] = principal.user_name
    return shown
