"""What routes of objects start from that have permissions."""

from __future__ import annotations

from collections.abc import Callable

from rolecall.emulators.application import Json, Refused
from rolecall.emulators.clock import Clock
from rolecall.emulators.databricks.caller import Caller
from rolecall.emulators.databricks.errors import missing
from rolecall.emulators.databricks.models import Account
from rolecall.emulators.databricks.permissions import ObjectType, Permissions
from rolecall.emulators.databricks.workspace_routes import WorkspaceRoutes


class GovernedRoutes(WorkspaceRoutes):
    """Routes of one workspace for objects that have permissions.

    Args:
        account: returns the account as it is now.
        workspace: the workspace's name.
        permissions: the workspace's permissions.
        clock: the emulator's clock.
    """

    def __init__(self, account: Callable[[], Account], workspace: str, permissions: Permissions, clock: Clock) -> None:
        super().__init__(account, workspace)
        self._permissions = permissions
        self._clock = clock

    def _held(
        self,
        kind: ObjectType,
        identity: str,
        caller: Caller,
        level: str,
        words: str,
        absent: Callable[[str], Refused] = missing,
    ) -> Json:
        """Return an object, if it is there and the caller holds a level on it."""
        found = kind.collection(self._workspace).get(identity)
        if found is None:
            raise absent(kind.unknown.format(id=identity))
        self._permissions.require(caller, kind, identity, level, words)
        return found
