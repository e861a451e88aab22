"""Definitions of workflows and tasks: conductor-python, MetadataResourceApi."""

from __future__ import annotations

from typing import Any

from rolecall.emulators.application import Answer, Call, Json
from rolecall.emulators.conductor.caller import Clusters
from rolecall.emulators.conductor.errors import missing, refused
from rolecall.emulators.routes import Routes, route

# https://conductor-oss.org (WorkflowDef): what the server fills in.
WORKFLOW_DEFAULTS: Json = {
    "schemaVersion": 2,
    "restartable": True,
    "timeoutPolicy": "ALERT_ONLY",
    "timeoutSeconds": 0,
    "inputParameters": [],
    "outputParameters": {},
    "variables": {},
}
TASK_DEFAULTS: Json = {
    "retryCount": 3,
    "retryLogic": "FIXED",
    "retryDelaySeconds": 60,
    "timeoutPolicy": "TIME_OUT_WF",
    "timeoutSeconds": 3600,
    "responseTimeoutSeconds": 600,
    "inputKeys": [],
    "outputKeys": [],
    "inputTemplate": {},
}


class Definitions(Routes):
    """The routes under /api/metadata."""

    def __init__(self, clusters: Clusters) -> None:
        self._clusters = clusters

    @route("GET", "/api/metadata/workflow")
    def list_workflows(self, call: Call) -> list[Json]:
        """Answer all definitions that the caller may see, every version."""
        now = self._clusters.now()
        return [
            definition
            for name, versions in now.workflows.items()
            if now.may(call.caller.id, "READ", f"WORKFLOW_DEF/{name}")
            for definition in versions.values()
        ]

    @route("POST", "/api/metadata/workflow", knows=("overwrite",))
    def create_workflow(self, call: Call) -> Answer:
        """Make a definition; one of that name and version that is there is refused, or replaced with `overwrite`."""
        definition = self._valid(call.body)
        name, version = definition["name"], str(definition["version"])
        there = self._clusters.now().workflows.get(name, {})
        if version in there and call.query.get("overwrite", "false") != "true":
            raise refused(409, f"Workflow with {name}.{version} already exists!")
        self._write(call, definition)
        return Answer(None, 200)

    @route("PUT", "/api/metadata/workflow")
    def write_workflows(self, call: Call) -> Json:
        """Make or replace definitions."""
        for one in call.items:
            self._write(call, self._valid(one))
        return {"bulkErrorResults": {}, "bulkSuccessfulResults": [one["name"] for one in call.items]}

    @route("GET", "/api/metadata/workflow/{name}")
    def get_workflow(self, call: Call) -> Json:
        """Answer a definition: the version that is asked for, or the latest."""
        versions = self._clusters.now().workflows.get(call.parameters["name"])
        if not versions:
            raise missing(f"No such workflow found by name: {call.parameters['name']}; it is")
        self._clusters.require(call, "READ", f"WORKFLOW_DEF/{call.parameters['name']}")
        version = call.query.get("version") or max(versions, key=int)
        if version not in versions:
            raise missing(f"Workflow {call.parameters['name']} version {version}")
        return versions[version]

    @route("DELETE", "/api/metadata/workflow/{name}/{version}")
    def delete_workflow(self, call: Call) -> Answer:
        """Remove a version; with the last one go its permissions."""
        now, name = self._clusters.now(), call.parameters["name"]
        if call.parameters["version"] not in now.workflows.get(name, {}):
            raise missing(f"Workflow {name} version {call.parameters['version']}")
        self._clusters.require(call, "DELETE", f"WORKFLOW_DEF/{name}")
        del now.workflows[name][call.parameters["version"]]
        if not now.workflows[name]:
            del now.workflows[name]
            now.permissions.pop(f"WORKFLOW_DEF/{name}", None)
            now.tags.pop(f"WORKFLOW_DEF/{name}", None)
        return Answer(None, 200)

    @route("GET", "/api/metadata/taskdefs")
    def list_tasks(self, call: Call) -> list[Json]:
        """Answer all definitions of tasks that the caller may see."""
        now = self._clusters.now()
        return [one for name, one in now.tasks.items() if now.may(call.caller.id, "READ", f"TASK_DEF/{name}")]

    @route("POST", "/api/metadata/taskdefs")
    def create_tasks(self, call: Call) -> Answer:
        """Make definitions of tasks, or replace them: Conductor takes both in one."""
        for one in call.items:
            self._write_task(call, one)
        return Answer(None, 200)

    @route("PUT", "/api/metadata/taskdefs")
    def write_task(self, call: Call) -> Answer:
        """Replace a task's definition."""
        if call.body.get("name") not in self._clusters.now().tasks:
            raise missing(f"Task {call.body.get('name')}")
        self._write_task(call, call.body)
        return Answer(None, 200)

    @route("GET", "/api/metadata/taskdefs/{name}")
    def get_task(self, call: Call) -> Json:
        """Answer a task's definition."""
        found = self._clusters.now().tasks.get(call.parameters["name"])
        if found is None:
            raise missing(f"Task {call.parameters['name']}")
        self._clusters.require(call, "READ", f"TASK_DEF/{call.parameters['name']}")
        return found

    @route("DELETE", "/api/metadata/taskdefs/{name}")
    def delete_task(self, call: Call) -> Answer:
        """Remove a task's definition."""
        now, name = self._clusters.now(), call.parameters["name"]
        if name not in now.tasks:
            raise missing(f"Task {name}")
        self._clusters.require(call, "DELETE", f"TASK_DEF/{name}")
        del now.tasks[name]
        now.permissions.pop(f"TASK_DEF/{name}", None)
        return Answer(None, 200)

    def _valid(self, body: Json) -> Json:
        name, tasks = body.get("name"), body.get("tasks")
        if not isinstance(name, str) or not name or ":" in name:
            raise refused(400, "WorkflowDef name cannot be null, empty, or hold a colon")
        if not isinstance(tasks, list) or not tasks:
            raise refused(400, "WorkflowTask list cannot be empty")
        references = [one.get("taskReferenceName") for one in tasks]
        if len({*references}) != len(references) or not all(references):
            raise refused(400, "taskReferenceName should be unique across tasks for a given workflow definition")
        # Orkes takes a workflow whose tasks have no definition: a worker polls for them by their name nevertheless
        # (https://orkes.io/content/faqs/task-definitions); open-source Conductor refuses it.
        return {**WORKFLOW_DEFAULTS, **body, "version": int(body.get("version") or 1)}

    def _write(self, call: Call, definition: Json) -> None:
        """Keep a definition; metadata managers may create one, and own it."""
        now, name = self._clusters.now(), str(definition["name"])
        if name in now.workflows:
            self._clusters.require(call, "UPDATE", f"WORKFLOW_DEF/{name}")
        else:
            self._clusters.require_role(call, "METADATA_MANAGER", "USER")
        versions = now.workflows.setdefault(name, {})
        versions[str(definition["version"])] = self._stamped(call, versions, definition)

    def _write_task(self, call: Call, body: Json) -> None:
        now, name = self._clusters.now(), body.get("name")
        if not isinstance(name, str) or not name:
            raise refused(400, "TaskDef name cannot be null or empty")
        if name in now.tasks:
            self._clusters.require(call, "UPDATE", f"TASK_DEF/{name}")
        else:
            self._clusters.require_role(call, "METADATA_MANAGER", "USER")
        now.tasks[name] = self._stamped(call, {}, {**TASK_DEFAULTS, **body})

    def _stamped(self, call: Call, versions: dict[str, Json], definition: Json) -> Json:
        held: dict[str, Any] = versions.get(str(definition.get("version")), {})
        now = self._clusters.milliseconds()
        return {
            **definition,
            "createTime": held.get("createTime", now),
            "updateTime": now,
            "createdBy": held.get("createdBy", call.caller.id),
            "updatedBy": call.caller.id,
        }
