"""The account and workspace that the emulator's tests talk to: the emulator's, or a real one with --live databricks."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field

import pytest
from databricks.sdk import AccountClient, WorkspaceClient
from databricks.sdk.errors.base import DatabricksError

from tests.support.emulator import served


@dataclass
class Target:
    """Where the tests work, with names of their own, and what they have to remove again."""

    account: AccountClient
    workspace: WorkspaceClient
    live: bool
    prefix: str = field(default_factory=lambda: f"rolecall-test-{uuid.uuid4().hex[:8]}")
    undo: list[Callable[[], object]] = field(default_factory=list)

    def name(self, word: str) -> str:
        """Return a name that nothing else has."""
        return f"{self.prefix}-{word}"

    def later(self, remove: Callable[[], object]) -> None:
        """Remember how to remove something."""
        self.undo.append(remove)


@pytest.fixture
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    """The account and a workspace. A real one needs DATABRICKS_ACCOUNT_HOST, DATABRICKS_ACCOUNT_ID,

    DATABRICKS_WORKSPACE_HOST and the credentials of a service principal that is administrator of both.
    """
    live = "databricks" in request.config.getoption("--live")
    with ExitStack() as stack:
        if live:
            account = AccountClient(
                host=os.environ["DATABRICKS_ACCOUNT_HOST"], account_id=os.environ["DATABRICKS_ACCOUNT_ID"]
            )
            found = Target(account, WorkspaceClient(host=os.environ["DATABRICKS_WORKSPACE_HOST"]), live)
        else:
            emulator = stack.enter_context(served())
            found = Target(emulator.account(), emulator.workspace(), live)
        yield found
        for remove in reversed(found.undo):
            with suppress(DatabricksError):
                remove()
