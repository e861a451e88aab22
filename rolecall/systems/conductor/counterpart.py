"""A job's counterpart in Conductor: a workflow with one task, which a worker takes up that acts as the job's principal.

No key to Databricks is in it. Each principal has a kind of task of its own, and an application that alone may take it
up: a worker shows its own token to Databricks and gets one for exactly that principal (token federation).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rolecall.systems.conductor.access import ACCESS, TASK, WORKER_ACCESS, WORKFLOW
from rolecall.systems.conductor.permissions import APPLICATION, GROUP
from rolecall.systems.orchestrator import (
    JobToRun,
    Orchestrator,
    Wanted,
    each_once,
    principals_of,
)

# Inputs of a start, and what a worker receives of the execution.
INPUTS = ("parameters",)
REFERENCE = "run"
OUTPUTS = ("run_id", "run_page_url", "result_state")


class Conductor(Orchestrator):
    """Declares workflows, who may do what on them, and the applications of those that are no groups."""

    name = "conductor"

    def for_project(self, jobs: Sequence[JobToRun]) -> list[Wanted]:
        """Return applications and kinds of tasks once for each principal, and a workflow for each job."""
        wanted: list[Wanted] = []
        for job in jobs:
            principals = principals_of(job)
            marks = sorted({**principals, job.principal: job.principal_mark}.items())
            wanted += [self.marked("Application", principal, mark) for principal, mark in marks]
            run_by = [one for one in jobs if one.principal == job.principal]
            wanted += [*_task(job, run_by), *_workflow(job, [*principals])]
        return each_once(wanted)


def task_name(principal: str) -> str:
    """Return the kind of task that runs jobs as a principal."""
    return f"databricks-job-as-{principal}"


def _task(job: JobToRun, run_by: Sequence[JobToRun]) -> list[Wanted]:
    """Return the task definition of a job's principal, which maps each counterpart to its job.

    A user who may define workflows may use a kind of task in their own, with any inputs. No principal but
    the deployer may change the kind of task, so that workers learn from it what to run.
    """
    name, kind = f"conductor-tasks-{job.principal}", task_name(job.principal)
    properties = {
        "name": kind,
        "description": f"Runs jobs as {job.principal} and follows them to their end",
        # The job itself limits its runs.
        "timeoutSeconds": 0,
        "jobs": {one.counterpart: {"workspace": one.workspace, "job_id": one.job_id} for one in run_by},
        "managedBy": job.principal_mark,
    }
    holders = [{"type": APPLICATION, "name": job.principal, "access": [*WORKER_ACCESS]}]
    permissions = {"targetType": TASK, "targetId": kind, "holders": holders}
    after = (name, f"conductor-{job.principal}")
    return [
        Wanted("rolecall:conductor:TaskDefinition", name, properties),
        Wanted("rolecall:conductor:Permissions", f"{name}-access", permissions, after),
    ]


def _workflow(job: JobToRun, principals: Sequence[str]) -> list[Wanted]:
    name = f"conductor-{job.declared.resource}"
    properties = {
        "name": job.counterpart,
        "description": job.description or f"Runs job {job.declared.name} in {job.environment}",
        "managedBy": job.mark,
        "tasks": [task(job)],
        "inputParameters": [*INPUTS],
        "outputParameters": {one: f"${{{REFERENCE}.output.{one}}}" for one in OUTPUTS},
    }
    permissions = {
        "targetType": WORKFLOW,
        "targetId": job.counterpart,
        "holders": job.holder_entries(GROUP, APPLICATION, lambda verb: [*ACCESS[verb]]),
    }
    after = (name, *(f"conductor-{principal}" for principal in principals))
    return [
        Wanted("rolecall:conductor:WorkflowDefinition", name, properties, (f"conductor-tasks-{job.principal}",)),
        Wanted("rolecall:conductor:Permissions", f"{name}-access", permissions, after),
    ]


def task(job: JobToRun) -> dict[str, Any]:
    """Return the workflow's only task. Workers use its parameters only; the rest is documentation."""
    return {
        "name": task_name(job.principal),
        "taskReferenceName": REFERENCE,
        "type": "SIMPLE",
        "inputParameters": {
            "workspace": job.workspace,
            "job_id": job.job_id,
            "principal": job.principal,
            "parameters": "${workflow.input.parameters}",
            "correlation_id": "${workflow.correlationId}",
        },
    }


ORCHESTRATOR = Conductor()
