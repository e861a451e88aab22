"""As whom jobs and pipelines run, and who may choose it."""

from __future__ import annotations

from typing import Any

from rolecall.emulators.databricks.caller import Caller
from rolecall.emulators.databricks.errors import denied, invalid
from rolecall.emulators.databricks.models import SERVICE_PRINCIPAL, USER, Account, Workspace
from rolecall.emulators.databricks.rule_sets import USE, assumes, may


def run_as_name(account: Account, workspace: Workspace, wanted: Any, caller: Caller) -> str:
    """Return the name of whom something runs as; by default the caller.

    Args:
        account: the account.
        workspace: the workspace that it runs in.
        wanted: `run_as` of the request.
        caller: who sends it.

    Raises:
        Refused: there is no such principal, or the caller may not choose it.
    """
    if not wanted:
        return caller.name
    if name := wanted.get("service_principal_name"):
        for one in account.of_type(SERVICE_PRINCIPAL):
            if one.application_id == name and account.is_in_workspace(workspace, one.id):
                if name != caller.name and not may(account, caller.principal, str(name), USE):
                    raise denied(f"User {caller.name} does not have the Service Principal User role on {name}.")
                return str(name)
        raise invalid(f"Service principal with application ID {name} does not exist in the workspace.")
    if name := wanted.get("group_name"):
        # https://docs.databricks.com/api/workspace/jobs/create (run_as): a group that the caller assumes.
        group = account.named(str(name))
        if group is None or not account.is_in_workspace(workspace, group.id):
            raise invalid(f"Group {name} does not exist in the workspace.")
        if caller.principal.id not in account.admins and not assumes(account, caller.principal, group.id):
            raise denied(f"{caller.name} does not have the Group Assumer role on {name}.")
        return str(name)
    name = str(wanted.get("user_name"))
    if name == caller.name:
        return name
    # https://docs.databricks.com/api/workspace/restrictworkspaceadmins: with ALLOW_ALL, "workspace admins
    # can … change the job run_as setting to any user in their workspace".
    status = workspace.settings.get("restrict_workspace_admins", {}).get("status", "ALLOW_ALL")
    if not caller.is_workspace_admin or status != "ALLOW_ALL":
        raise denied("Only the user itself can be set as run_as user.")
    found = next((one for one in account.of_type(USER) if one.user_name.lower() == name.lower()), None)
    if found is None or not account.is_in_workspace(workspace, found.id):
        raise invalid(f"User {name} does not exist in the workspace.")
    return found.user_name
