"""The address of a workspace, as the account tells it."""

from __future__ import annotations


def host_of(workspace: dict[str, object]) -> str:
    """Return the address of a workspace as the account lists it: what it says, or what its deployment is called.

    https://docs.databricks.com/api/account/workspaces/get: `deployment_name` is the first part of the address.
    """
    if url := workspace.get("workspace_url"):
        return str(url)
    domain = "gcp.databricks.com" if workspace.get("cloud") == "gcp" else "cloud.databricks.com"
    return f"https://{workspace['deployment_name']}.{domain}"
