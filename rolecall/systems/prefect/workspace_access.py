"""Who may come into the workspace at all: teams and service accounts, each with a role there.

https://docs.prefect.io/v3/how-to-guides/cloud/manage-users/manage-roles
"""

from __future__ import annotations

from rolecall.errors import RequestRejected
from rolecall.systems.prefect.client import account, every, repeatedly
from rolecall.systems.requests import MISSING, Request

# What somebody may do who is only let in; the rest, the deployments' own access lists say.
ROLE = "Viewer"


def let_in(sort: str, identity: str, role: str) -> None:
    """Give somebody a role in the workspace.

    Args:
        sort: `team` or `bot`.
        identity: their id.
        role: the role's name.

    Raises:
        RequestRejected: there is no such role.
    """
    roles = {str(one["name"]): str(one["id"]) for one in every(account("/workspace_roles/filter"))}
    if role not in roles:
        what = f"Prefect has no workspace role {role!r}; there are {', '.join(sorted(roles))}"
        raise RequestRejected(what, status=MISSING, code="")
    body = {f"{sort}_id": identity, "workspace_role_id": roles[role]}
    repeatedly(Request("PUT", f"/{sort}_access/", body=body))


def role_of(sort: str, identity: str) -> str:
    """Return the name of the role that somebody has in the workspace, empty where they have none."""
    held = {str(one[f"{sort}_id"]): str(one["workspace_role_id"]) for one in every(f"/{sort}_access/filter")}
    if identity not in held:
        return ""
    names = {str(one["id"]): str(one["name"]) for one in every(account("/workspace_roles/filter"))}
    return names.get(held[identity], "")
