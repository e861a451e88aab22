"""Kinds of tasks that workers take up: https://orkes.io/content/reference-docs/api/metadata/creating-task-definition."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from rolecall.systems.conductor.client import one, repeatedly
from rolecall.systems.conductor.definitions import OWNER_ADDRESS, TASKS, remove, require_ours
from rolecall.systems.ownership import marked, ownership_in
from rolecall.systems.requests import Json, Request
from rolecall.systems.resource import Live, Model, Resource

# Where a definition states which jobs its workflows run: among the inputs that a task has where its workflow has none
# (TaskDef.inputTemplate, https://conductor-oss.github.io/conductor/documentation/configuration/taskdef.html).
JOBS = "jobs"


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
    jobs: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="workspace and id of the job that each workflow runs, by the workflow's name"
    )


class TaskDefinition(Resource[TaskInputs]):
    """A kind of task."""

    token = "rolecall:conductor:TaskDefinition"
    description = "A definition of tasks in Conductor: how often they are tried, and how long they may take."
    replaced_by = frozenset({"name"})

    def create(self, inputs: TaskInputs) -> Live[TaskInputs]:
        """Make it, or go on with one that an earlier run has made."""
        require_ours(f"{TASKS}/{inputs.name}", f"Conductor task {inputs.name!r}", inputs.managed_by)
        repeatedly(Request("POST", TASKS, body=[_task_body(inputs)]))
        return Live(inputs.name, inputs)

    def read(self, identity: str, declared: TaskInputs | None) -> Live[TaskInputs] | None:
        """Return it."""
        found = one(f"{TASKS}/{identity}")
        if found is None:
            return None
        inputs = TaskInputs(
            **ownership_in(found.get("description"), declared),
            name=found["name"],
            retry_count=found.get("retryCount"),
            retry_delay_seconds=found.get("retryDelaySeconds"),
            response_timeout_seconds=found.get("responseTimeoutSeconds"),
            timeout_seconds=found.get("timeoutSeconds"),
            jobs=jobs_of(found),
        )
        return Live(identity, inputs)

    def update(self, identity: str, old: TaskInputs, new: TaskInputs) -> Live[TaskInputs]:
        """Change it in place."""
        repeatedly(Request("PUT", TASKS, body=_task_body(new)))
        return Live(identity, new)

    def delete(self, identity: str, declared: TaskInputs) -> None:
        """Remove it."""
        if require_ours(f"{TASKS}/{identity}", f"Conductor task {identity!r}", declared.managed_by):
            remove(f"{TASKS}/{identity}")


def _task_body(inputs: TaskInputs) -> Json:
    return {
        "name": inputs.name,
        "description": marked(inputs.description, inputs.managed_by),
        "ownerEmail": OWNER_ADDRESS,
        "retryCount": inputs.retry_count,
        "retryDelaySeconds": inputs.retry_delay_seconds,
        "retryLogic": "EXPONENTIAL_BACKOFF",
        "responseTimeoutSeconds": inputs.response_timeout_seconds,
        "timeoutSeconds": inputs.timeout_seconds,
        "timeoutPolicy": "TIME_OUT_WF",
        "inputTemplate": {JOBS: inputs.jobs},
    }


def jobs_of(definition: Json) -> dict[str, dict[str, Any]]:
    """Return which jobs the workflows of a kind of task run, by the workflows' names."""
    found = (definition.get("inputTemplate") or {}).get(JOBS)
    return {str(name): dict(one) for name, one in found.items()} if isinstance(found, dict) else {}
