"""A worker on the command line: a line for each step, until it is told to end."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Sequence
from functools import cache

from databricks.sdk import WorkspaceClient

from rolecall.console.output import out
from rolecall.errors import SystemUnreachable
from rolecall.flows.conductor_worker import Worker
from rolecall.flows.sign_in import workspace_client
from rolecall.systems.requests import explained


def run_conductor_worker(principal: str, workspaces: Sequence[str], seconds: float, *, once: bool) -> None:
    """Work until SIGTERM or SIGINT; what is under way is finished, and the rest is for the next worker.

    Args:
        principal: the service principal's display name.
        workspaces: addresses of the workspaces that it may go to.
        seconds: how long to wait where there is nothing to do.
        once: end where there is nothing to do.

    Raises:
        SystemRefused: Conductor refuses the worker.
        UsageError: there is nothing to sign in to Databricks with.
    """

    @cache
    def connect(host: str) -> WorkspaceClient:
        return workspace_client(host, os.environ)

    # Before any task is taken up: whoever cannot sign in must not take one.
    for address in workspaces:
        connect(address)
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    worker = Worker(principal, workspaces, connect)
    while not told.is_set():
        try:
            said = worker.work_once()
        except SystemUnreachable as error:
            if once:
                raise
            said = None
            out.print(explained(error))
        if said is not None:
            out.print(said)
        elif once:
            return
        else:
            told.wait(seconds)
