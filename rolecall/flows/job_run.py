"""Start a job exactly once and follow its run: https://docs.databricks.com/api/workspace/jobs/runnow.

A request's id is the run's idempotency token: a repeated request, after a crash or a lost answer, gets the run that was
begun. Databricks keeps tokens for as long as the run; they have at most 64 characters.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import InvalidParameterValue, NotFound, PermissionDenied, Unauthenticated
from databricks.sdk.errors.base import DatabricksError
from databricks.sdk.service.jobs import Run, RunLifeCycleState, RunResultState

from rolecall.secrecy import without_secrets

LONGEST_TOKEN = 64
# Ids of executions: UUIDs in Conductor and Prefect, 22 letters of Base64 in Harness.
EXECUTION = re.compile(r"[A-Za-z0-9_-]{8,40}")
# Parameters that tell a run who asked for it; sent to jobs that declare them.
CORRELATION, TRIGGERED_BY = "correlation_id", "triggered_by"
ENDED = (RunLifeCycleState.TERMINATED, RunLifeCycleState.SKIPPED, RunLifeCycleState.INTERNAL_ERROR)
# A connection that breaks, and a token that is not given, are not Databricks' own errors in its SDK.
UNANSWERED = (DatabricksError, OSError, ValueError)
# Errors that a retry cannot fix.
FOR_GOOD = (NotFound, InvalidParameterValue, PermissionDenied, Unauthenticated)


def request_id(system: str, execution: str, *parts: str) -> str:
    """Return what a request is known by: the same for the same execution, and no other execution can have it.

    Args:
        system: the orchestrator.
        execution: the orchestrator's own id of the execution.
        parts: what tells requests of one execution apart.

    Raises:
        JobFailed: the execution has no id, or one of no orchestrator.
    """
    if not EXECUTION.fullmatch(execution):
        raise JobFailed(f"{system} has no execution id: a run cannot be started exactly once", for_good=True)
    marks = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:8] if parts else ""
    return "-".join(one for one in (system, execution, marks) if one)


@dataclass(frozen=True)
class JobRequest:
    """A job to run, and who triggers it.

    Attributes:
        job_id: the job.
        request_id: what this request is known by; the same id never starts a second run. Workers make it
            (`request_id`) from what the orchestrator says of the execution; no author of a workflow chooses it.
        correlation_id: what the orchestrator knows the whole by.
        triggered_by: who started the orchestrator's workflow.
        parameters: values of the job's parameters.
    """

    job_id: int
    request_id: str
    correlation_id: str = ""
    triggered_by: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RunProgress:
    """How a run goes.

    Attributes:
        run_id: the run.
        has_ended: whether it is over.
        has_succeeded: whether it came out as it has to.
        result_state: Databricks' word for how it ended; while it goes on, for where it is.
        message: Databricks' message about it.
        page: the run's address.
        job_id: its job.
    """

    run_id: int
    has_ended: bool
    has_succeeded: bool
    result_state: str
    message: str
    page: str
    job_id: int = 0

    def outputs(self) -> dict[str, object]:
        """Return what is handed back to the orchestrator."""
        return {
            "run_id": self.run_id,
            "run_page_url": self.page,
            "result_state": self.result_state,
            "message": self.message,
        }


class JobFailed(Exception):
    """A job cannot be started or followed.

    Attributes:
        for_good: asking again would come to the same.
    """

    def __init__(self, what: str, *, for_good: bool) -> None:
        super().__init__(without_secrets(what))
        self.for_good = for_good


def begin(client: WorkspaceClient, wanted: JobRequest) -> int:
    """Start a job, or find the run that the same request has started; return the run's id.

    Raises:
        JobFailed: Databricks refuses it, or does not answer.
    """
    if not 0 < len(wanted.request_id) <= LONGEST_TOKEN:
        raise JobFailed(f"the request's id has {len(wanted.request_id)} characters, not 1 to 64", for_good=True)
    try:
        parameters = _parameters(client, wanted)
        started = client.jobs.run_now(
            wanted.job_id, idempotency_token=wanted.request_id, job_parameters=parameters or None
        )
    except UNANSWERED as error:
        raise _failed(f"job {wanted.job_id} cannot be started", error) from error
    return int(started.run_id)


def look(client: WorkspaceClient, run_id: int) -> RunProgress:
    """Return how a run goes.

    Raises:
        JobFailed: Databricks refuses it, or does not answer.
    """
    try:
        return _progress(client.jobs.get_run(run_id))
    except UNANSWERED as error:
        raise _failed(f"run {run_id} cannot be read", error) from error


def _parameters(client: WorkspaceClient, wanted: JobRequest) -> dict[str, str]:
    """Return the parameters to send: those requested, and who triggered the run where the job declares it.

    Raises:
        JobFailed: who asked says it in a parameter.
    """
    marks = {CORRELATION: wanted.correlation_id, TRIGGERED_BY: wanted.triggered_by}
    if forged := sorted(marks.keys() & {name.strip().casefold() for name in wanted.parameters}):
        what = f"the parameters set {' and '.join(forged)}, which the worker says"
        raise JobFailed(what, for_good=True)
    job = client.jobs.get(wanted.job_id)
    declared = {one.name for one in (job.settings.parameters if job.settings else None) or []}
    return {**wanted.parameters, **{name: value for name, value in marks.items() if value and name in declared}}


def _progress(run: Run) -> RunProgress:
    state = run.state
    where = state.life_cycle_state if state else None
    result = state.result_state if state else None
    shown = result or where
    return RunProgress(
        int(run.run_id or 0),
        where in ENDED,
        result is RunResultState.SUCCESS,
        shown.value if shown else "UNKNOWN",
        (state.state_message if state else None) or "",
        run.run_page_url or "",
        int(run.job_id or 0),
    )


def _failed(what: str, error: Exception) -> JobFailed:
    return JobFailed(f"{what}: {error}", for_good=isinstance(error, FOR_GOOD))
