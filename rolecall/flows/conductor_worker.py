"""A worker for Conductor: polls the tasks of one principal, starts their jobs and reports their progress.

It keeps nothing: what it has to know of a run stands in the task. So it may be killed at any moment, and several may
run side by side. https://orkes.io/content/developer-guides/scaling-workers; conductor-python, TaskResourceApi.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from databricks.sdk import WorkspaceClient

from rolecall import settings
from rolecall.errors import RequestRejected, SystemRefused
from rolecall.flows.job_run import JobFailed, JobRequest, begin, look, request_id
from rolecall.systems.conductor.access import WORKFLOW
from rolecall.systems.conductor.client import conductor, one, repeatedly
from rolecall.systems.conductor.counterpart import task_name
from rolecall.systems.conductor.definitions import TASKS, WORKFLOWS
from rolecall.systems.conductor.task_definition import jobs_of
from rolecall.systems.requests import Json, Request

# Seconds after which a task whose run goes on is handed out again.
LOOK_EVERY = 15
# Value of the setting that takes Conductor's word for who may start a workflow.
UNCHECKED = "unchecked"
IN_PROGRESS, COMPLETED = "IN_PROGRESS", "COMPLETED"
FAILED, FOR_GOOD = "FAILED", "FAILED_WITH_TERMINAL_ERROR"


class _NotOurs(Exception):
    """A task requests a job, workspace or principal that this worker does not serve."""


@dataclass(frozen=True)
class Worker:
    """Works as one service principal in some workspaces.

    Attributes:
        principal: its display name; tasks that name another are refused.
        workspaces: addresses of the workspaces that it may go to: a definition that was changed must not make it show
            its token elsewhere.
        connect: returns a client for a workspace's address.
    """

    principal: str
    workspaces: Collection[str]
    connect: Callable[[str], WorkspaceClient]

    def work_once(self) -> str | None:
        """Take up one task and bring it one step on; return what came of it in words, None where there was none.

        Raises:
            SystemRefused: Conductor refuses the worker.
            SystemUnreachable: it does not answer.
        """
        query = {"workerid": f"{socket.gethostname()}-{os.getpid()}"}
        task = conductor().get(f"/tasks/poll/{task_name(self.principal)}", **query)
        if not task:
            return None
        status, outputs, reason = self._step(task)
        body = {
            "workflowInstanceId": task["workflowInstanceId"],
            "taskId": task["taskId"],
            "status": status,
            "outputData": outputs,
            "reasonForIncompletion": reason,
            "callbackAfterSeconds": LOOK_EVERY if status == IN_PROGRESS else 0,
        }
        try:
            repeatedly(Request("POST", "/tasks", body=body))
        except (RequestRejected, SystemRefused) as error:
            # Its execution was terminated; others continue.
            return f"{task.get('workflowType', '')}: {error.what}"
        said = f"{task.get('workflowType', '')}: {outputs.get('result_state') or status}"
        return f"{said}  {reason or outputs.get('run_page_url') or ''}".rstrip()

    def _step(self, task: Json) -> tuple[str, dict[str, Any], str]:
        """Return a task's status after this step, what it hands back, and why it failed."""
        outputs = task.get("outputData")
        outputs = dict(outputs) if isinstance(outputs, dict) else {}
        try:
            workspace, job_id = self._job(task)
            client = self.connect(workspace)
            run_id = _number(outputs.get("run_id")) or begin(client, self._request(task, job_id))
            # Reported even if reading the run fails: it was started.
            outputs["run_id"] = run_id
            progress = look(client, run_id)
            if progress.job_id != job_id:
                raise _NotOurs(f"run {run_id} is not one of job {job_id}")
        except _NotOurs as refusal:
            return FOR_GOOD, outputs, str(refusal)
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
            # A forged task must not end the worker.
            return FOR_GOOD, outputs, f"the task cannot be read: {type(error).__name__}"
        except JobFailed as failed:
            return (FOR_GOOD if failed.for_good else FAILED), outputs, str(failed)
        outputs |= progress.outputs()
        if not progress.has_ended:
            return IN_PROGRESS, outputs, ""
        if progress.has_succeeded:
            return COMPLETED, outputs, ""
        # The job itself has its own retries; the same request would only find the same run again.
        return FOR_GOOD, outputs, f"run {progress.run_id} ended as {progress.result_state}: {progress.message}"

    def _job(self, task: Json) -> tuple[str, int]:
        """Return workspace and id of the job that a task's workflow runs, as deployed with the kind of task.

        What the task itself says counts for nothing: its workflow may be anybody's.

        Raises:
            _NotOurs: the workflow is no counterpart that was deployed, or its job is not this worker's.
        """
        inputs = task.get("inputData")
        if not isinstance(inputs, dict) or inputs.get("principal") != self.principal:
            named = inputs.get("principal") if isinstance(inputs, dict) else None
            raise _NotOurs(f"the task is for {named!r}; this worker is {self.principal!r}")
        workflow = str(task.get("workflowType") or "")
        deployed = jobs_of(one(f"{TASKS}/{task_name(self.principal)}") or {}).get(workflow)
        if deployed is None:
            what = f"the workflow {workflow!r} is not a deployed counterpart of a job of {self.principal!r}"
            raise _NotOurs(f"{what}; where it should be one, deploy again: rolecall up")
        _require_registered(task, workflow)
        address, job_id = str(deployed.get("workspace") or "").rstrip("/"), _number(deployed.get("job_id"))
        for name, wanted in (("workspace", address), ("job_id", str(job_id or ""))):
            if str(inputs.get(name) or "").rstrip("/") != wanted:
                raise _NotOurs(f"the task of workflow {workflow!r} was changed: it names another {name}")
        if address not in {one.rstrip("/") for one in self.workspaces}:
            raise _NotOurs(f"the task is for {address or 'no workspace'}, where this worker does not go")
        if job_id is None:
            raise _NotOurs(f"the workflow {workflow!r} was deployed without a job")
        return address, job_id

    def _request(self, task: Json, job_id: int) -> JobRequest:
        inputs = task["inputData"]
        parameters = inputs.get("parameters") or {}
        if not isinstance(parameters, dict) or any(isinstance(one, dict | list) for one in parameters.values()):
            raise _NotOurs("the task's parameters are no names with values")
        execution = str(task.get("workflowInstanceId") or "")
        return JobRequest(
            job_id,
            request_id("conductor", execution),
            str(inputs.get("correlation_id") or ""),
            str(_seen(f"/workflow/{execution}", includeTasks="false").get("createdBy") or ""),
            {str(name): str(value) for name, value in parameters.items()},
        )


def _require_registered(task: Json, workflow: str) -> None:
    """Refuse a task whose execution does not follow the workflow that is registered under its name.

    An execution may follow a definition that stood in the request that started it, or in the task of another workflow
    (https://docs.conductor-oss.org/documentation/api/startworkflow.html, "Dynamic Workflows"; subWorkflowParam.
    workflowDefinition). Its name is whatever its author likes.

    Raises:
        _NotOurs: it follows another definition, or that cannot be seen.
    """
    execution = _seen(f"/workflow/{task.get('workflowInstanceId') or ''}", includeTasks="false")
    version = _number(execution.get("workflowVersion")) or 1
    registered = _seen(f"{WORKFLOWS}/{workflow}", version=version)
    details = execution.get("workflowDefinition")
    followed: Json = details if isinstance(details, dict) else {}
    tasks = _tasks_of(followed)
    if not tasks or followed.get("name") != workflow or tasks != _tasks_of(registered):
        raise _NotOurs(f"the execution follows a definition of its own, which is only called {workflow!r}")
    _require_may_start(execution, workflow)
    if len(tasks) != 1 or task.get("referenceTaskName") != tasks[0]["taskReferenceName"]:
        raise _NotOurs(f"the task is not the one of the workflow {workflow!r}")


def _require_may_start(execution: Json, workflow: str) -> None:
    """Refuse an execution whose starter may not start the workflow.

    A definition in the request that repeats the registered one word for word cannot be distinguished, and to see a
    workflow is enough to repeat it: so the worker asks what the starter may do (conductor-python, UserResourceApi.
    check_permissions).

    Raises:
        _NotOurs: the starter may not execute it, or that cannot be seen.
    """
    starter = str(execution.get("createdBy") or "")
    if settings.WORKER_STARTERS.read() == UNCHECKED:
        return
    if not starter:
        raise _NotOurs(f"Conductor does not tell who started the workflow {workflow!r}")
    path = f"/users/{quote(starter, safe='')}/checkPermissions"
    held = _seen(path, type=WORKFLOW, id=workflow)
    may = held.get("EXECUTE", held.get(workflow))
    if may is not True and "EXECUTE" not in (may if isinstance(may, list) else ()):
        raise _NotOurs(f"{starter} started the workflow {workflow!r}, and may not execute it")


def _tasks_of(definition: Json) -> list[Json]:
    """Return what the tasks of a definition do, without what the server adds to them."""
    registered = definition.get("tasks")
    wanted = ("name", "taskReferenceName", "type", "inputParameters")
    return [{name: one.get(name) for name in wanted} for one in registered] if isinstance(registered, list) else []


def _seen(path: str, **query: str | int) -> Json:
    """Return an object of Conductor.

    Raises:
        _NotOurs: it is not there, or the worker may not see it.
    """
    try:
        found = one(path, **query)
    except (SystemRefused, RequestRejected) as error:
        raise _NotOurs(f"the worker cannot tell what the task belongs to: {error.what}") from error
    if not isinstance(found, dict):
        raise _NotOurs(f"the worker cannot tell what the task belongs to: there is no {path}")
    return found


def _number(value: object) -> int | None:
    """Return a job's or a run's id; None where it is none."""
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None
