"""What all routes of a workspace start from."""

from __future__ import annotations

from collections.abc import Callable

from rolecall.emulators.clock import Clock
from rolecall.emulators.databricks.models import Account, Workspace
from rolecall.emulators.routes import Routes


class WorkspaceRoutes(Routes):
    """Routes of one workspace.

    Args:
        account: returns the account as it is now; a reset puts another in its place.
        workspace: the workspace's name.
    """

    def __init__(self, account: Callable[[], Account], workspace: str) -> None:
        self._account_now = account
        self._workspace_name = workspace

    @property
    def _account(self) -> Account:
        return self._account_now()

    @property
    def _workspace(self) -> Workspace:
        return self._account.workspaces[self._workspace_name]


class TimedRoutes(WorkspaceRoutes):
    """Routes of one workspace that read the time.

    Args:
        account: returns the account as it is now.
        workspace: the workspace's name.
        clock: the emulator's clock.
    """

    def __init__(self, account: Callable[[], Account], workspace: str, clock: Clock) -> None:
        super().__init__(account, workspace)
        self._clock = clock
