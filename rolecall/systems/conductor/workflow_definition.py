"""Workflows: https://orkes.io/content/reference-docs/api/metadata/creating-workflow-definition."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from rolecall.systems.conductor.client import one, repeatedly
from rolecall.systems.conductor.definitions import OWNER_ADDRESS, WORKFLOWS, remove, require_ours
from rolecall.systems.ownership import marked, ownership_in
from rolecall.systems.requests import Json, Request
from rolecall.systems.resource import Live, Model, Resource

# Rolecall writes one version of each: what triggers a job is not run in two ways at once.
VERSION = 1


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
    loss = "the history of its executions"
    replaced_by = frozenset({"name"})

    def create(self, inputs: WorkflowInputs) -> Live[WorkflowInputs]:
        """Make it, or go on with one that an earlier run has made."""
        require_ours(f"{WORKFLOWS}/{inputs.name}", f"Conductor workflow {inputs.name!r}", inputs.managed_by)
        return self._write(inputs)

    def read(self, identity: str, declared: WorkflowInputs | None) -> Live[WorkflowInputs] | None:
        """Return it; what the server adds to tasks by itself is not taken for a change."""
        found = one(f"{WORKFLOWS}/{identity}")
        if found is None:
            return None
        inputs = WorkflowInputs(
            **ownership_in(found.get("description"), declared),
            name=found["name"],
            tasks=tasks_as_declared(found.get("tasks") or [], declared.tasks if declared else []),
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
        if require_ours(f"{WORKFLOWS}/{identity}", f"Conductor workflow {identity!r}", declared.managed_by):
            remove(f"{WORKFLOWS}/{identity}/{VERSION}")

    def _write(self, inputs: WorkflowInputs) -> Live[WorkflowInputs]:
        body = {
            "name": inputs.name,
            "version": VERSION,
            "schemaVersion": 2,
            "description": marked(inputs.description, inputs.managed_by),
            "ownerEmail": OWNER_ADDRESS,
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
    """Return whether a key of a task was declared, or has a value: servers fill in empty values and false."""
    return key in wanted or (bool(value) and key != "taskDefinition")
