"""Who may come into the workspace at all: teams and service accounts, each with a role there.

https://docs.prefect.io/v3/how-to-guides/cloud/manage-users/manage-roles
"""

from __future__ import annotations

import threading
from typing import Literal

from rolecall.errors import RequestRejected
from rolecall.systems.prefect.client import account, every, repeatedly
from rolecall.systems.requests import MISSING, Request

# Permissions of an admitted actor; the deployments' own access lists grant the rest.
ROLE = "Viewer"


class WorkspaceAccess:
    """The roles of all of one sort: listed once, and again after a change.

    Args:
        sort: who they are, in Prefect's words.
    """

    def __init__(self, sort: Literal["team", "bot"]) -> None:
        self._sort = sort
        self._lock = threading.Lock()
        self._held: dict[str, str] | None = None
        self._names: dict[str, str] = {}

    def let_in(self, identity: str, role: str) -> None:
        """Assign a role in the workspace.

        Args:
            identity: their id.
            role: the role's name.

        Raises:
            RequestRejected: there is no such role.
        """
        with self._lock:
            roles = {name: key for key, name in self._role_names().items()}
            self._held = None
        if role not in roles:
            what = f"Prefect has no workspace role {role!r}; there are {', '.join(sorted(roles))}"
            raise RequestRejected(what, status=MISSING, code="")
        body = {f"{self._sort}_id": identity, "workspace_role_id": roles[role]}
        # Of the three, only team_access takes PUT; a POST sets an existing actor's role, and can be repeated.
        repeatedly(Request("PUT" if self._sort == "team" else "POST", f"/{self._sort}_access/", body=[body]))

    def role_of(self, identity: str) -> str:
        """Return the name of an actor's role in the workspace; empty if none."""
        with self._lock:
            if self._held is None:
                listed = every(f"/{self._sort}_access/filter")
                self._held = {str(one[f"{self._sort}_id"]): str(one["workspace_role_id"]) for one in listed}
            held = self._held.get(identity)
            return self._role_names().get(held, "") if held else ""

    def _role_names(self) -> dict[str, str]:
        if not self._names:
            self._names = {str(one["id"]): str(one["name"]) for one in every(account("/workspace_roles/filter"))}
        return self._names
