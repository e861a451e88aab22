"""What routes of the account start from that are for its administrators."""

from __future__ import annotations

from collections.abc import Callable

from rolecall.emulators.application import Call
from rolecall.emulators.databricks.caller import Caller
from rolecall.emulators.databricks.errors import denied, missing
from rolecall.emulators.databricks.models import Account, Workspace
from rolecall.emulators.routes import Routes


class AccountRoutes(Routes):
    """Routes of the account.

    Args:
        account: returns the account as it is now; a reset puts another in its place.
    """

    def __init__(self, account: Callable[[], Account]) -> None:
        self._account = account

    def _require_admin(self, call: Call) -> Caller:
        """Return who calls, if it administers the account."""
        caller: Caller = call.caller
        if caller.principal.id not in self._account().admins:
            raise denied(f"{caller.name} is not an administrator of the account.")
        return caller

    def _named_workspace(self, call: Call) -> Workspace:
        """Return the workspace of a path's number."""
        self._require_admin(call)
        wanted = call.parameters["workspace_id"]
        found = next((one for one in self._account().workspaces.values() if str(one.id) == wanted), None)
        if found is None:
            raise missing(f"Workspace {wanted} does not exist.")
        return found
