"""A worker that takes up the flow runs of one service principal's work pool."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import Any

from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import ObjectNotFound
from prefect.states import Failed
from prefect.workers.process import ProcessJobConfiguration, ProcessWorker, ProcessWorkerResult

from rolecall import settings
from rolecall.flows.sign_in import workspace_client
from rolecall.systems.prefect.counterpart import ENTRYPOINT, FLOW, pool_name

# What else than its entrypoint a deployment may run, or run in.
_AROUND = ("pull_steps", "job_variables", "path", "storage_document_id", "infrastructure_document_id")
# Seconds between two signs of life of a run; an automation counts on them.
HEARTBEAT = "30"


class CounterpartWorker(ProcessWorker):
    """Runs the shipped flow of deployed counterparts, and no other deployment that names its work pool.

    A process with another entrypoint, with pull steps or with variables of its author would have this one's token.
    """

    # The type of its work pools is that of the worker that it extends.
    type = ProcessWorker.type

    async def run(
        self,
        flow_run: FlowRun,
        configuration: ProcessJobConfiguration,
        task_status: Any = None,
    ) -> ProcessWorkerResult:
        """Run a flow, or fail its run where it is no counterpart's: a crashed one would be scheduled again."""
        refusal = await self._refusal(flow_run)
        if refusal is None:
            return await super().run(flow_run, configuration, task_status)
        await self.client.set_flow_run_state(flow_run.id, Failed(message=refusal), force=True)
        if task_status is not None:
            task_status.started(0)
        return ProcessWorkerResult(status_code=0, identifier="refused")

    async def _refusal(self, flow_run: FlowRun) -> str | None:
        """Return why a flow run is not run; None where it is a deployed counterpart's."""
        if flow_run.deployment_id is None:
            return "the flow run belongs to no deployment"
        found = await self.client.read_deployment(flow_run.deployment_id)
        try:
            counterpart = await self.client.read_deployment_by_name(f"{FLOW}/{found.name}")
        except ObjectNotFound:
            return f"there is no deployment {FLOW}/{found.name}"
        if counterpart.id != found.id:
            return f"the deployment {found.name!r} is of another flow than {FLOW!r}"
        around = [name for name in _AROUND if getattr(found, name, None)]
        around += ["job_variables of the flow run"] if flow_run.job_variables else []
        if found.entrypoint != ENTRYPOINT or around:
            return (
                f"the deployment {found.name!r} runs {found.entrypoint!r} {' '.join(around)}, not {ENTRYPOINT!r} alone"
            )
        return None


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
    worker = CounterpartWorker(work_pool_name=pool_name(principal), create_pool_if_not_found=False)
    asyncio.run(worker.start(run_once=once, printer=print))
