"""Ways of granting access in Conductor that the contract does not declare: administrators and other workflows."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from functools import partial
from typing import Any

from rolecall.access.observation import Unmanaged
from rolecall.access.ways import Ways, administrator_names, listed
from rolecall.contract.contract import Contract
from rolecall.systems.conductor.client import every, one
from rolecall.systems.conductor.permissions import ACTS, GROUP
from rolecall.systems.conductor.roles import administrators
from rolecall.systems.requests import Json

READ = (
    "administrators of Conductor",
    "workflows that the contract does not name",
    "schedules, event handlers and webhooks that start the contract's workflows",
)


def conductor_ways(contract: Contract, workflows: Mapping[str, Json], named: Collection[str]) -> Ways:
    """Read all ways into one record.

    Args:
        contract: the contract.
        workflows: all workflows by name.
        named: those that are counterparts of the contract's jobs.
    """
    ways = Ways(read=[*READ])
    ways.collect(READ[0], lambda: [*_administrators(contract)])
    ways.collect(READ[1], lambda: [*workflows_of_others(workflows, named)])
    ways.collect(READ[2], lambda: [*starters(named)])
    return ways


def starters(named: Collection[str]) -> Iterator[Unmanaged]:
    """Yield what starts the contract's workflows by itself; the contract's jobs have their schedules in Databricks."""
    for path, noun, key in (
        ("/scheduler/schedules", "schedule", "name"),
        ("/event", "event handler", "name"),
        ("/metadata/webhook", "webhook", "id"),
    ):
        for item in listed(partial(every, path)):
            active = not item.get("paused") and item.get("active", True)
            started = [name for name in dict.fromkeys(_starts(item)) if name in named] if active else []
            maker = f" for {item['createdBy']}" if item.get("createdBy") else ""
            how = f"a Conductor administrator: DELETE {path}/{item.get(key)}" if started else ""
            reaches = f"starts workflow {', '.join(started)} by itself{maker}" if started else ""
            yield Unmanaged(f"{noun} {item.get('name') or item.get(key)}", reaches, how)


def _starts(item: Mapping[str, Any]) -> Iterator[str]:
    yield str((item.get("startWorkflowRequest") or {}).get("name"))
    for action in item.get("actions") or []:
        yield str((action.get("start_workflow") or {}).get("name"))
    yield from map(str, item.get("workflowsToStart") or {})


def _administrators(contract: Contract) -> Iterator[Unmanaged]:
    known = administrator_names(contract)
    for subject_type, identity in administrators():
        name = identity.removeprefix(ACTS)
        names = {identity}
        if subject_type == GROUP:
            shown, path = f"group {identity}", f"/groups/{identity}"
        elif identity.startswith(ACTS):
            if _signs_in(name):
                continue
            application = one(f"/applications/{name}") or {}
            shown, path = f"application {application.get('name') or name}", f"/applications/{name}"
            names = {name, str(application.get("name"))}
        else:
            shown, path = f"person {identity}", f"/users/{identity}"
        if {alias.casefold() for alias in names} & known:
            continue
        yield Unmanaged(
            f"administrator of Conductor: {shown}",
            "may run and change every workflow, and is not in `administrators`",
            f"a Conductor administrator removes the role ADMIN from {path}",
        )


def _signs_in(application: str) -> bool:
    """Return whether this run signs in with an access key of the application, which makes it the deployer's."""
    key = os.environ.get("CONDUCTOR_AUTH_KEY")
    return any(str(access_key.get("id")) == key for access_key in one(f"/applications/{application}/accessKeys") or [])


def workflows_of_others(workflows: Mapping[str, Json], named: Collection[str]) -> Iterator[Unmanaged]:
    """Yield the workflows that the contract does not name, with the contract's workflows and workers that they reach.

    A right to run a workflow includes every workflow that it starts:
    https://orkes.io/content/reference-docs/operators/sub-workflow and …/operators/start-workflow.

    Args:
        workflows: all workflows by name.
        named: those that are counterparts of the contract's jobs.
    """
    tasks = {str(task.get("name")) for name in named for task in workflows[name].get("tasks") or []}
    for name, workflow in workflows.items():
        if name in named:
            continue
        used = dict.fromkeys(str(task.get("name")) for task in _every_task(workflow) if str(task.get("name")) in tasks)
        started = dict.fromkeys(inner for task in _every_task(workflow) for inner in _started(task) if inner in named)
        uses = [f"hands work to the worker of {', '.join(used)}"] if used else []
        uses += [f"starts workflow {', '.join(started)}"] if started else []
        uses += [f"starts any workflow, by the name in {one}" for one in dict.fromkeys(_started_by_input(workflow))]
        how = f"a Conductor administrator: DELETE /metadata/workflow/{name}" if uses else ""
        yield Unmanaged(f"workflow {name}", "; ".join(uses), how)


def _started_by_input(workflow: Mapping[str, object]) -> Iterator[str]:
    """Yield the expressions that compute the name of the workflow that a task starts.

    https://orkes.io/content/reference-docs/operators/sub-workflow: the name may be an expression.
    """
    for task in _every_task(workflow):
        yield from (name for name in _started(task) if "${" in name)


def _started(task: Mapping[str, object]) -> Iterator[str]:
    """Yield the names of the workflows that a task starts."""
    inputs = task.get("inputParameters")
    started = inputs.get("startWorkflow") if isinstance(inputs, Mapping) else None
    for workflow in (task.get("subWorkflowParam"), started):
        if isinstance(workflow, Mapping):
            yield str(workflow.get("name"))


def _every_task(value: object) -> Iterator[Mapping[str, object]]:
    """Yield all tasks of a definition, including those in loops, forks and decisions."""
    if isinstance(value, Mapping):
        if "taskReferenceName" in value:
            yield value
        for inner in value.values():
            yield from _every_task(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _every_task(inner)
