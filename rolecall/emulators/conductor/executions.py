"""Executions: who may start a workflow, who started it, and how workers take up its tasks.

conductor-python, WorkflowResourceApi and TaskResourceApi; https://orkes.io/content/faqs/task-lifecycle.
"""

from __future__ import annotations

import copy
import re
import uuid
from dataclasses import replace
from typing import Any

from rolecall.emulators.application import Answer, Call, Json
from rolecall.emulators.conductor.caller import Clusters
from rolecall.emulators.conductor.definitions import TASK_DEFAULTS
from rolecall.emulators.conductor.errors import missing, refused
from rolecall.emulators.routes import Routes, route

REFERENCE = re.compile(r"\$\{workflow\.(input\.)?([A-Za-z_]+)\}")
SCHEDULED, IN_PROGRESS, COMPLETED = "SCHEDULED", "IN_PROGRESS", "COMPLETED"
FAILED, FOR_GOOD, TIMED_OUT = "FAILED", "FAILED_WITH_TERMINAL_ERROR", "TIMED_OUT"
RUNNING = "RUNNING"
# Parameters of the route that starts a workflow and waits for it.
EXECUTED = ("requestId", "waitUntilTaskRef", "waitForSeconds", "consistency", "returnStrategy")
REPORTED = (IN_PROGRESS, COMPLETED, FAILED, FOR_GOOD)


class Executions(Routes):
    """The routes under /api/workflow and /api/tasks."""

    def __init__(self, clusters: Clusters) -> None:
        self._clusters = clusters

    @route("POST", "/api/workflow", knows=("idempotencyKey", "idempotencyStrategy", "version"))
    def start(self, call: Call) -> Answer:
        """Start a workflow; answers its execution's id, as text."""
        now, name = self._clusters.now(), str(call.body.get("name"))
        inline = call.body.get("workflowDef")
        if inline is not None:
            return self._start_inline(call, inline)
        versions = now.workflows.get(name)
        if not versions:
            raise missing(f"Workflow {name}")
        self._clusters.require(call, "EXECUTE", f"WORKFLOW_DEF/{name}")
        version = str(call.body.get("version") or max(versions, key=int))
        if version not in versions:
            raise missing(f"Workflow {name} version {version}")
        if (found := self._same(call, name)) is not None:
            return Answer(found)
        return Answer(self._begin(call, versions[version]))

    def _same(self, call: Call, name: str) -> str | None:
        """Return the execution that was started with the same idempotency key; None where there is none.

        conductor-python, start_workflow_request.py (IdempotencyStrategy): FAIL is the default, the other one returns
        what there is.
        """
        key = call.body.get("idempotencyKey")
        executions = self._clusters.now().executions
        for identity, one in executions.items():
            if key and one.get("idempotencyKey") == key and one["workflowName"] == name:
                if call.body.get("idempotencyStrategy", "FAIL") == "RETURN_EXISTING":
                    return identity
                raise refused(409, f"Workflow {name} was started with the idempotency key {key} already: {identity}")
        return None

    def _start_inline(self, call: Call, definition: Json) -> Answer:
        """Start a definition that stands in the request and is not registered.

        https://docs.conductor-oss.org/documentation/api/startworkflow.html ("Dynamic Workflows"). It may be called like
        a registered one; its execution and its tasks are called like it, too (WorkflowExecutorOps.startWorkflow).
        """
        if not definition.get("name") or not definition.get("tasks"):
            raise refused(400, "workflowDef needs a name and tasks")
        return Answer(self._begin(call, {"version": 1, **definition}))

    def _begin(self, call: Call, definition: Json) -> str:
        identity = str(uuid.uuid4())
        execution: Json = {
            "workflowId": identity,
            "workflowName": definition["name"],
            "workflowVersion": int(definition["version"]),
            # Kept as it was at the start (Workflow.workflowDefinition).
            "workflowDefinition": copy.deepcopy(definition),
            "correlationId": call.body.get("correlationId") or "",
            "idempotencyKey": call.body.get("idempotencyKey"),
            "input": call.body.get("input") or {},
            "output": {},
            "status": RUNNING,
            "createdBy": call.caller.id,
            "createTime": self._clusters.milliseconds(),
            "tasks": [],
        }
        self._clusters.now().executions[identity] = execution
        self._schedule(execution, definition["tasks"][0], 0)
        return identity

    @route("GET", "/api/workflow/{id}")
    def get(self, call: Call) -> Json:
        """Answer an execution."""
        found = self._find(call.parameters["id"])
        self._clusters.require(call, "READ", f"WORKFLOW_DEF/{found['workflowName']}")
        if call.query.get("includeTasks") == "false":
            return {**found, "tasks": []}
        return found

    @route("POST", "/api/workflow/{name}", knows=("correlationId", "priority", "version"))
    def start_by_name(self, call: Call) -> Answer:
        """Start a workflow by its name; the body is its input."""
        body = {"name": call.parameters["name"], "input": {**call.body}}
        body |= {key: call.query[key] for key in ("version", "correlationId") if key in call.query}
        return self.start(replace(call, body=body))

    @route("POST", "/api/workflow/execute/{name}/{version}", knows=EXECUTED)
    @route("POST", "/api/workflow/execute/{name}", knows=EXECUTED)
    def execute(self, call: Call) -> Json:
        """Start a workflow and return its state; no worker polls it while the client waits."""
        name, version = call.parameters["name"], call.parameters.get("version") or call.body.get("version")
        started = self.start(replace(call, body={**call.body, "name": name, "version": version}))
        found = self._find(str(started.body))
        own = {"requestId": call.query.get("requestId"), "workflowId": found["workflowId"]}
        kept = {
            key: found[key]
            for key in ("correlationId", "input", "output", "tasks", "createdBy", "createTime", "status")
        }
        return {**own, **kept, "priority": 0, "variables": {}, "updateTime": found["createTime"]}

    @route("GET", "/api/workflow/{id}/status", knows=("includeOutput", "includeVariables"))
    def status(self, call: Call) -> Json:
        """Answer how an execution stands, in short."""
        found = self._find(call.parameters["id"])
        self._clusters.require(call, "READ", f"WORKFLOW_DEF/{found['workflowName']}")
        short = {"workflowId": found["workflowId"], "correlationId": found["correlationId"], "status": found["status"]}
        return {**short, "output": found["output"], "variables": {}}

    @route("DELETE", "/api/workflow/{id}", knows=("reason", "triggerFailureWorkflow"))
    def terminate(self, call: Call) -> Answer:
        """End an execution before its time."""
        found = self._find(call.parameters["id"])
        self._clusters.require(call, "EXECUTE", f"WORKFLOW_DEF/{found['workflowName']}")
        if found["status"] != RUNNING:
            raise refused(409, f"Cannot terminate a {found['status']} workflow.")
        found |= {"status": "TERMINATED", "reasonForIncompletion": call.query.get("reason", "")}
        for task in found["tasks"]:
            if task["status"] in (SCHEDULED, IN_PROGRESS):
                task["status"] = "CANCELED"
        return Answer(None, 200)

    @route("DELETE", "/api/workflow/{id}/remove", knows=("archiveWorkflow",))
    def remove(self, call: Call) -> Answer:
        """Remove an execution."""
        found = self._find(call.parameters["id"])
        self._clusters.require(call, "DELETE", f"WORKFLOW_DEF/{found['workflowName']}")
        del self._clusters.now().executions[call.parameters["id"]]
        return Answer(None, 200)

    @route("GET", "/api/tasks/{id}")
    def task(self, call: Call) -> Json:
        """Answer a task of an execution."""
        for execution in self._clusters.now().executions.values():
            for one in execution["tasks"]:
                if one["taskId"] == call.parameters["id"]:
                    self._clusters.require(call, "READ", f"WORKFLOW_DEF/{execution['workflowName']}")
                    return dict(one)
        raise missing(f"Task {call.parameters['id']}")

    @route("GET", "/api/tasks/poll/batch/{type}", knows=("workerid", "timeout", "domain"))
    def poll_several(self, call: Call) -> list[Json]:
        """Hand several tasks of a kind to a worker: conductor-python, TaskResourceApi.batch_poll."""
        found: list[Json] = []
        for _ in range(int(call.query.get("count") or 1)):
            task = self.poll(call)
            if isinstance(task, Answer):
                break
            found.append(task)
        return found

    @route("GET", "/api/tasks/poll/{type}", knows=("workerid", "domain"))
    def poll(self, call: Call) -> Answer | Json:
        """Hand a task of a kind to a worker, or nothing."""
        kind = call.parameters["type"]
        self._clusters.require(call, "EXECUTE", f"TASK_DEF/{kind}")
        running = [one for one in self._clusters.now().executions.values() if one["status"] == RUNNING]
        for execution in running:
            for task in [one for one in execution["tasks"] if one["taskDefName"] == kind and self._is_lost(one)]:
                self._again(execution, task, TIMED_OUT, "the worker said nothing for too long")
            for task in [one for one in execution["tasks"] if one["taskDefName"] == kind]:
                if task["status"] == SCHEDULED and self._clusters.clock.now() >= task["notBefore"]:
                    task |= {
                        "status": IN_PROGRESS,
                        "workerId": call.query.get("workerid", ""),
                        "pollCount": task["pollCount"] + 1,
                        "updateTime": self._clusters.milliseconds(),
                    }
                    return dict(task)
        return Answer(None, 204)

    @route("POST", "/api/tasks", knows=("callbackAfterSeconds", "outputData"))
    def report(self, call: Call) -> Answer:
        """Record a worker's report of a task; one in progress is handed out again after a while."""
        execution = self._find(str(call.body.get("workflowInstanceId")))
        task = next((one for one in execution["tasks"] if one["taskId"] == call.body.get("taskId")), None)
        if task is None:
            raise missing(f"Task {call.body.get('taskId')}")
        self._clusters.require(call, "EXECUTE", f"TASK_DEF/{task['taskDefName']}")
        status, said = str(call.body.get("status")), str(call.body.get("reasonForIncompletion") or "")
        if status not in REPORTED:
            raise refused(400, f"status may be one of {', '.join(REPORTED)}")
        if task["status"] not in (SCHEDULED, IN_PROGRESS):
            return Answer(task["taskId"])
        task["outputData"] = {**task["outputData"], **(call.body.get("outputData") or {})}
        task["updateTime"] = self._clusters.milliseconds()
        if status == IN_PROGRESS:
            after = float(call.body.get("callbackAfterSeconds") or 0)
            task |= {"status": SCHEDULED, "notBefore": self._clusters.clock.now() + after}
        elif status == FAILED:
            self._again(execution, task, FAILED, said)
        else:
            task |= {"status": status, "reasonForIncompletion": said}
            execution["status"] = COMPLETED if status == COMPLETED else FAILED
            execution["output"] = dict(task["outputData"])
        return Answer(task["taskId"])

    def _schedule(self, execution: Json, wanted: Json, retry: int) -> None:
        execution["tasks"].append(
            {
                "taskId": str(uuid.uuid4()),
                "taskType": wanted["name"],
                "taskDefName": wanted["name"],
                "referenceTaskName": wanted["taskReferenceName"],
                "workflowInstanceId": execution["workflowId"],
                "workflowType": execution["workflowName"],
                "correlationId": execution["correlationId"],
                "status": SCHEDULED,
                # Inputs of the definition apply where the workflow has none (ParametersUtils.getTaskInputV2).
                "inputData": {
                    **(self._task(str(wanted["name"])).get("inputTemplate") or {}),
                    **_filled(wanted.get("inputParameters") or {}, execution),
                },
                "outputData": {},
                "retryCount": retry,
                "pollCount": 0,
                "notBefore": self._clusters.clock.now(),
                "updateTime": self._clusters.milliseconds(),
                "workflowTask": wanted,
            }
        )

    def _again(self, execution: Json, task: Json, status: str, why: str) -> None:
        """End a task, and try it again as often as its definition states."""
        task |= {"status": status, "reasonForIncompletion": why}
        if task["retryCount"] < int(self._task(task["taskDefName"])["retryCount"]):
            self._schedule(execution, task["workflowTask"], task["retryCount"] + 1)
        else:
            execution["status"] = FAILED

    def _task(self, name: str) -> Json:
        """Return a task's definition; one that has none has the defaults."""
        return {**TASK_DEFAULTS, **self._clusters.now().tasks.get(name, {})}

    def _is_lost(self, task: Json) -> bool:
        patience = int(self._task(task["taskDefName"])["responseTimeoutSeconds"])
        silent = self._clusters.clock.now() - task["updateTime"] / 1000
        return bool(task["status"] == IN_PROGRESS and silent > patience)

    def _find(self, identity: str) -> Json:
        found = self._clusters.now().executions.get(identity)
        if found is None:
            raise missing(f"Workflow with id {identity}")
        return found


def _filled(value: Any, execution: Json) -> Any:
    """Return a task's inputs with the execution's values for its references."""
    if isinstance(value, dict):
        return {key: _filled(one, execution) for key, one in value.items()}
    if not isinstance(value, str):
        return value

    def given(match: re.Match[str]) -> Any:
        return (execution["input"] if match[1] else execution).get(match[2])

    whole = REFERENCE.fullmatch(value)
    return given(whole) if whole else REFERENCE.sub(lambda match: str(given(match) or ""), value)
