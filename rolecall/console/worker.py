"""A worker on the command line: a line for each step, until SIGTERM."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Mapping, Sequence
from functools import cache

from databricks.sdk import WorkspaceClient

from rolecall import settings
from rolecall.console.output import out
from rolecall.console.shown import terminal
from rolecall.errors import ExitCode, SystemUnreachable, UsageError, explained
from rolecall.flows.conductor_worker import Worker
from rolecall.flows.job_run import JobFailed, JobRequest, request_id
from rolecall.flows.one_run import run_to_its_end
from rolecall.flows.sign_in import workspace_client


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

    # Before the first task: a worker that cannot sign in must not accept one.
    for address in workspaces:
        connect(address)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    worker = Worker(principal, workspaces, connect)
    while not stopping.is_set():
        try:
            said = worker.work_once()
        except SystemUnreachable as error:
            if once:
                raise
            said = None
            out.print(terminal(explained(error)))
        if said is not None:
            out.print(terminal(said))
        elif once:
            return
        else:
            stopping.wait(seconds)


def run_prefect_worker(principal: str, workspaces: Sequence[str], *, once: bool) -> None:
    """Work until SIGTERM or SIGINT.

    Args:
        principal: the service principal's display name.
        workspaces: addresses of the workspaces that it may go to.
        once: end once what is scheduled now is done.

    Raises:
        UsageError: Prefect is not installed, or there is nothing to sign in to Databricks with.
    """
    try:
        from rolecall.flows.prefect_worker import work
    except ModuleNotFoundError as error:
        raise UsageError("Prefect is not installed", "Install it: pip install 'rolecall[prefect]'.") from error
    work(principal, workspaces, once=once)


def run_one_job(
    workspace: str,
    principal: str,
    job_id: int,
    execution: str,
    triggered_by: str,
    parameters: Mapping[str, str],
) -> int:
    """Run a job to its end and return an exit code: 0 where it succeeded.

    Args:
        workspace: the address of its workspace.
        principal: the service principal that it runs as; empty if not given.
        job_id: the job's id there.
        execution: the orchestrator's id of the execution.
        triggered_by: who started it.
        parameters: values of the job's parameters.

    Raises:
        UsageError: there is nothing to sign in to Databricks with, or this delegate is for others.
    """
    mine = settings.WORKER_PRINCIPAL.read()
    if mine and mine != principal:
        how = f"Let the stage run on a delegate of {principal or 'the principal, and name it'}."
        raise UsageError(f"the job runs as {principal or 'no principal'}; this delegate is {mine}'s", how)
    workspaces, allowed = settings.WORKER_WORKSPACES.name, settings.WORKER_WORKSPACES.read()
    if not allowed:
        how = (
            f"Set {settings.WORKER_WORKSPACES.name} where the delegate is deployed, to the addresses of its workspaces."
        )
        raise UsageError("this delegate names no workspaces that it may use", how)
    if workspace.rstrip("/") not in {one.rstrip("/") for one in allowed}:
        raise UsageError(
            f"this delegate does not go to {workspace}",
            f"{workspaces} says where: {' '.join(allowed)}.",
        )
    try:
        identity = request_id("harness", execution, workspace.rstrip("/"), str(job_id))
    except JobFailed as failed:
        raise UsageError(
            str(failed), f"Set {settings.CORRELATION_ID.name} to the id of the pipeline's execution."
        ) from failed
    request = JobRequest(job_id, identity, execution, triggered_by, parameters)
    progress = None
    try:
        for progress in run_to_its_end(workspace_client(workspace, os.environ), request):
            said = f"run {progress.run_id}: {progress.result_state}  {progress.page}"
            out.print(terminal(said), soft_wrap=True)
    except JobFailed as failed:
        raise SystemUnreachable(str(failed), "The same request can be repeated; it starts no second run.") from failed
    assert progress is not None, "there is a first state, or an error"
    if not progress.has_succeeded and progress.message:
        out.print(terminal(progress.message, lines=True))
    return ExitCode.FINE if progress.has_succeeded else ExitCode.FAILED
