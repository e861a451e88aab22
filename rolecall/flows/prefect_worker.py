"""A worker that takes up the flow runs of one service principal's work pool."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence

from prefect.workers.process import ProcessWorker

from rolecall import settings
from rolecall.flows.sign_in import workspace_client
from rolecall.systems.prefect.counterpart import pool_name

# Seconds between two signs of life of a run; an automation counts on them.
HEARTBEAT = "30"


def work(principal: str, workspaces: Sequence[str], *, once: bool) -> None:
    """Take up flow runs until SIGTERM; each runs in a process of its own, which gets what this one's environment has.

    Args:
        principal: the service principal's display name.
        workspaces: addresses of the workspaces that flows may go to.
        once: end once what was scheduled is done.

    Raises:
        UsageError: there is nothing to sign in to Databricks with.
    """
    for address in workspaces:
        workspace_client(address, os.environ)
    os.environ[settings.WORKER_PRINCIPAL.name] = principal
    os.environ[settings.WORKER_WORKSPACES.name] = " ".join(address.rstrip("/") for address in workspaces)
    os.environ.setdefault("PREFECT_FLOWS_HEARTBEAT_FREQUENCY", HEARTBEAT)
    worker = ProcessWorker(work_pool_name=pool_name(principal), create_pool_if_not_found=False)
    asyncio.run(worker.start(run_once=once, printer=print))
