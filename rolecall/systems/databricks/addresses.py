"""The address of a workspace, as the account reports it."""

from __future__ import annotations

from rolecall.systems.databricks.trusted_hosts import require_trusted


def host_of(workspace: dict[str, object]) -> str:
    """Return the address of a workspace as the account lists it: its address, or that of its deployment's name.

    https://docs.databricks.com/api/account/workspaces/get: `deployment_name` is the first part of the address.

    Raises:
        SystemRefused: nothing may sign in to what it says.
    """
    domain = "gcp.databricks.com" if workspace.get("cloud") == "gcp" else "cloud.databricks.com"
    host = str(workspace.get("workspace_url") or f"https://{workspace['deployment_name']}.{domain}")
    require_trusted(f"workspace {workspace.get('workspace_name')}, as the account reports it,", host)
    return host
