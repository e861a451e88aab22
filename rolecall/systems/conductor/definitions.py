"""Definitions of workflows and of tasks: https://orkes.io/content/reference-docs/api/metadata."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from rolecall.errors import ObjectMissing
from rolecall.systems.conductor.client import conductor, one, repeatedly
from rolecall.systems.ownership import is_marked, marked, not_owned, unmarked
from rolecall.systems.requests import Json, Request
from rolecall.systems.resource import Live, Model, Resource

WORKFLOWS, TASKS = "/metadata/workflow", "/metadata/taskdefs"
# Rolecall writes one version of each: what triggers a job is not run in two ways at once.
VERSION = 1


class TaskInputs(Model):
    """A kind of task that workers take up."""

    name: str = Field(min_length=1, description="its name")
    description: str = Field(default="", description="what it is for")
    managed_by: str = Field(min_length=1, description="whose it is; written at the end of its description")
    retry_count: int = Field(default=3, ge=0, description="how often it is tried again")
    retry_delay_seconds: int = Field(default=60, ge=0, description="seconds before it is tried again")
    response_timeout_seconds: int = Field(
        default=300, ge=1, description="seconds without a word after which it is lost"
    )
    timeout_seconds: int = Field(default=86_400, ge=0, description="seconds that it may take in all; 0 is no limit")


class TaskDefinition(Resource[TaskInputs]):
    """A kind of task."""

    token = "rolecall:conductor:TaskDefinition"
    description = "A definition of tasks in Conductor: how often they are tried, and how long they may take."
    model = TaskInputs
    replaced_by = frozenset({"name"})

    def create(self, inputs: TaskInputs) -> Live[TaskInputs]:
        """Make it, or go on with one that an earlier run has made."""
        _may_write(f"{TASKS}/{inputs.name}", f"Conductor task {inputs.name!r}", inputs.managed_by)
        repeatedly(Request("POST", TASKS, body=[_task_body(inputs)]))
        return Live(inputs.name, inputs)

    def read(self, identity: str, declared: TaskInputs | None) -> Live[TaskInputs] | None:
        """Return it."""
        found = one(f"{TASKS}/{identity}")
        if found is None:
            return None
        managed_by = declared.managed_by if declared else "rolecall"
        inputs = TaskInputs(
            name=found["name"],
            description=unmarked(found.get("description"), managed_by),
            managed_by=managed_by if is_marked(found.get("description"), managed_by) else "nobody",
            retry_count=int(found["retryCount"]),
            retry_delay_seconds=int(found["retryDelaySeconds"]),
            response_timeout_seconds=int(found["responseTimeoutSeconds"]),
            timeout_seconds=int(found["timeoutSeconds"]),
        )
        return Live(identity, inputs)

    def update(self, identity: str, old: TaskInputs, new: TaskInputs) -> Live[TaskInputs]:
        """Change it in place."""
        repeatedly(Request("PUT", TASKS, body=_task_body(new)))
        return Live(identity, new)

    def delete(self, identity: str, declared: TaskInputs) -> None:
        """Remove it."""
        if _is_ours(f"{TASKS}/{identity}", f"Conductor task {identity!r}", declared.managed_by):
            _remove(f"{TASKS}/{identity}")


class WorkflowInputs(Model):
    """A workflow."""

    name: str = Field(min_length=1, pattern=r"^[^:]+$", description="its name")
    description: str = Field(default="", description="what it is for")
    managed_by: str = Field(min_length=1, description="whose it is; written at the end of its description")
    tasks: list[dict[str, Any]] = Field(min_length=1, description="its tasks, in Conductor's own words")
    input_parameters: list[str] = Field(default_factory=list, description="names of its inputs")
    output_parameters: dict[str, Any] = Field(default_factory=dict, description="what it returns")
    timeout_seconds: int = Field(default=0, ge=0, description="seconds that it may take; 0 is no limit")
    timeout_policy: Literal["ALERT_ONLY", "TIME_OUT_WF"] = Field(default="ALERT_ONLY", description="what happens then")


class WorkflowDefinition(Resource[WorkflowInputs]):
    """A workflow's definition."""

    token = "rolecall:conductor:WorkflowDefinition"
    description = "A definition of a workflow in Conductor. Its version is 1, changed in place."
    model = WorkflowInputs
    replaced_by = frozenset({"name"})

    def create(self, inputs: WorkflowInputs) -> Live[WorkflowInputs]:
        """Make it, or go on with one that an earlier run has made."""
        _may_write(f"{WORKFLOWS}/{inputs.name}", f"Conductor workflow {inputs.name!r}", inputs.managed_by)
        return self._write(inputs)

    def read(self, identity: str, declared: WorkflowInputs | None) -> Live[WorkflowInputs] | None:
        """Return it; what the server adds to tasks by itself is not taken for a change."""
        found = one(f"{WORKFLOWS}/{identity}")
        if found is None:
            return None
        managed_by = declared.managed_by if declared else "rolecall"
        inputs = WorkflowInputs(
            name=found["name"],
            description=unmarked(found.get("description"), managed_by),
            managed_by=managed_by if is_marked(found.get("description"), managed_by) else "nobody",
            tasks=tasks_as_declared(found["tasks"], declared.tasks if declared else []),
            input_parameters=list(found.get("inputParameters") or []),
            output_parameters=dict(found.get("outputParameters") or {}),
            timeout_seconds=int(found.get("timeoutSeconds") or 0),
            timeout_policy=found.get("timeoutPolicy") or "ALERT_ONLY",
        )
        return Live(identity, inputs)

    def update(self, identity: str, old: WorkflowInputs, new: WorkflowInputs) -> Live[WorkflowInputs]:
        """Change it in place; executions under way go on as they began."""
        return self._write(new)

    def delete(self, identity: str, declared: WorkflowInputs) -> None:
        """Remove it."""
        if _is_ours(f"{WORKFLOWS}/{identity}", f"Conductor workflow {identity!r}", declared.managed_by):
            _remove(f"{WORKFLOWS}/{identity}/{VERSION}")

    def _write(self, inputs: WorkflowInputs) -> Live[WorkflowInputs]:
        body = {
            "name": inputs.name,
            "version": VERSION,
            "schemaVersion": 2,
            "description": marked(inputs.description, inputs.managed_by),
            # The open-source server asks for an address; nobody is written to.
            "ownerEmail": "rolecall@localhost.localdomain",
            "tasks": inputs.tasks,
            "inputParameters": inputs.input_parameters,
            "outputParameters": inputs.output_parameters,
            "timeoutSeconds": inputs.timeout_seconds,
            "timeoutPolicy": inputs.timeout_policy,
            "restartable": True,
        }
        repeatedly(Request("PUT", WORKFLOWS, body=[body]))
        return Live(inputs.name, inputs)


def tasks_as_declared(found: list[Json], declared: list[Json]) -> list[Json]:
    """Return tasks without what was not declared of them, where that is what a server fills in by itself."""
    by_reference = {one_.get("taskReferenceName"): one_ for one_ in declared}
    taken: list[Json] = []
    for task in found:
        wanted = by_reference.get(task.get("taskReferenceName"))
        taken.append(
            task if wanted is None else {key: value for key, value in task.items() if _tells(key, value, wanted)}
        )
    return taken


def _tells(key: str, value: Any, wanted: Json) -> bool:
    """Say whether a key of a task was declared, or says something: empty values and false are what servers fill in."""
    return key in wanted or (bool(value) and key != "taskDefinition")


def _task_body(inputs: TaskInputs) -> Json:
    return {
        "name": inputs.name,
        "description": marked(inputs.description, inputs.managed_by),
        "ownerEmail": "rolecall@localhost.localdomain",
        "retryCount": inputs.retry_count,
        "retryDelaySeconds": inputs.retry_delay_seconds,
        "retryLogic": "EXPONENTIAL_BACKOFF",
        "responseTimeoutSeconds": inputs.response_timeout_seconds,
        "timeoutSeconds": inputs.timeout_seconds,
        "timeoutPolicy": "TIME_OUT_WF",
    }


def _may_write(path: str, what: str, managed_by: str) -> None:
    """Raise NotOwned where somebody else's lies there."""
    found = one(path)
    if found is not None and not is_marked(found.get("description"), managed_by):
        raise not_owned(what)


def _is_ours(path: str, what: str, managed_by: str) -> bool:
    """Say whether something is there; raise NotOwned where it is somebody else's."""
    _may_write(path, what, managed_by)
    return one(path) is not None


def _remove(path: str) -> None:
    try:
        conductor().send(Request("DELETE", path))
    except ObjectMissing:
        return
