"""A worker for Conductor: takes up the tasks of one principal, starts their jobs and says how they go.

It keeps nothing: what it has to know of a run stands in the task. So it may be killed at any moment, and several may
run side by side. https://orkes.io/content/developer-guides/scaling-workers; conductor-python, TaskResourceApi.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from databricks.sdk import WorkspaceClient

from rolecall.errors import RolecallError
from rolecall.flows.job_run import JobFailed, JobRequest, begin, look
from rolecall.systems.conductor.client import conductor, repeatedly
from rolecall.systems.conductor.counterpart import task_name
from rolecall.systems.requests import Json, Request

# Seconds after which a task whose run goes on is handed out again.
LOOK_EVERY = 15
IN_PROGRESS, COMPLETED = "IN_PROGRESS", "COMPLETED"
FAILED, FOR_GOOD = "FAILED", "FAILED_WITH_TERMINAL_ERROR"


class _NotOurs(Exception):
    """A task asks for what this worker is not for."""


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
        repeatedly(Request("POST", "/tasks", body=body))
        said = f"{task.get('workflowType', '')}: {outputs.get('result_state') or status}"
        return f"{said}  {reason or outputs.get('run_page_url') or ''}".rstrip()

    def _step(self, task: Json) -> tuple[str, dict[str, Any], str]:
        """Return a task's status after this step, what it hands back, and why it failed."""
        outputs = dict(task.get("outputData") or {})
        try:
            client = self.connect(self._workspace(task["inputData"]))
            run_id = outputs.get("run_id") or begin(client, self._request(task))
            # Told even where reading the run fails: it was begun.
            outputs["run_id"] = int(run_id)
            progress = look(client, int(run_id))
        except _NotOurs as refusal:
            return FOR_GOOD, outputs, str(refusal)
        except JobFailed as failed:
            return (FOR_GOOD if failed.for_good else FAILED), outputs, str(failed)
        outputs |= progress.outputs()
        if not progress.has_ended:
            return IN_PROGRESS, outputs, ""
        if progress.has_succeeded:
            return COMPLETED, outputs, ""
        # The job itself has its own retries; the same request would only find the same run again.
        return FOR_GOOD, outputs, f"run {progress.run_id} ended as {progress.result_state}: {progress.message}"

    def _workspace(self, inputs: Json) -> str:
        if inputs.get("principal") != self.principal:
            raise _NotOurs(f"the task is for {inputs.get('principal')!r}; this worker is {self.principal!r}")
        address = str(inputs.get("workspace") or "")
        if address.rstrip("/") not in {one.rstrip("/") for one in self.workspaces}:
            raise _NotOurs(f"the task is for {address or 'no workspace'}, where this worker does not go")
        return address

    def _request(self, task: Json) -> JobRequest:
        inputs = task["inputData"]
        parameters = inputs.get("parameters") or {}
        if not str(inputs.get("job_id") or "").isdigit() or not isinstance(parameters, dict):
            raise _NotOurs("the task names no job, or its parameters are no names with values")
        return JobRequest(
            int(inputs["job_id"]),
            str(inputs.get("request_id") or ""),
            str(inputs.get("correlation_id") or ""),
            _started_by(str(task["workflowInstanceId"])),
            {str(name): str(value) for name, value in parameters.items()},
        )


def _started_by(execution: str) -> str:
    """Return who started an execution; empty where the worker may not see it."""
    try:
        found = conductor().get(f"/workflow/{execution}", includeTasks="false")
    except RolecallError:
        return ""
    return str(found.get("createdBy") or "")
