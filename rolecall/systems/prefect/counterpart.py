"""A job's counterpart in Prefect: a deployment of the shipped flow, in the work pool of the job's principal.

Which job it runs, a variable of the deployment's name says; a start can set the job's parameters only. No key
to Databricks is in any of it: the pool's worker shows its own token (token federation).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rolecall.systems.orchestrator import (
    JobToRun,
    Orchestrator,
    Wanted,
    each_once,
    principals_of,
)
from rolecall.systems.prefect.access import ACCESS, RUN
from rolecall.systems.prefect.actors import SERVICE_ACCOUNT, TEAM
from rolecall.systems.prefect.permissions import DEPLOYMENT, WORK_POOL
from rolecall.systems.prefect.variable_syntax import VARIABLE

FLOW = "run-databricks-job"
ENTRYPOINT = "rolecall.flows.prefect_flow.run_databricks_job"
# Seconds without a sign of life after which a run's worker counts as gone; workers give one every 30 seconds.
SILENCE = 120.0
# Parameters of a start.
PARAMETERS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "parameters": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "default": {},
            "title": "parameters",
        }
    },
    "additionalProperties": False,
}


class Prefect(Orchestrator):
    """Declares deployments, who may do what with them, and the work pools that their workers poll."""

    name = "prefect"
    group_type = "Team"

    def for_project(self, jobs: Sequence[JobToRun]) -> list[Wanted]:
        """Return service accounts and work pools once for each principal, and a deployment for each job."""
        wanted: list[Wanted] = []
        for job in jobs:
            principals = principals_of(job)
            mark = account_mark(job.organization)
            wanted += [self.marked("ServiceAccount", one, mark) for one in sorted({*principals, job.principal})]
            wanted += [*_pool(job), *_deployment(job, [*principals])]
        return each_once(wanted)


def account_mark(organization: str) -> str:
    """Return what the names of service accounts begin with: Prefect has no other room for whose they are.

    The rest of the name is the principal's, which names organization-wide exactly one.
    """
    return f"rolecall:{organization}"


def pool_name(principal: str) -> str:
    """Return the work pool whose worker runs jobs as a principal."""
    return f"databricks-jobs-as-{principal}"


def variable_name(counterpart: str) -> str:
    """Return the variable with the job that a deployment runs; names of variables have no dashes."""
    return VARIABLE.fit(f"rolecall_{counterpart.replace('-', '_')}", replacement="_")


def _pool(job: JobToRun) -> list[Wanted]:
    name, pool = f"prefect-pool-{job.principal}", pool_name(job.principal)
    properties = {
        "name": pool,
        "description": f"Runs jobs as {job.principal} and follows them to their end",
        "managedBy": job.principal_mark,
    }
    held = [{"type": SERVICE_ACCOUNT, "name": job.principal, "access": RUN}]
    permissions = {
        "targetType": WORK_POOL,
        "targetId": pool,
        "holders": held,
        "managedBy": account_mark(job.organization),
    }
    return [
        Wanted("rolecall:prefect:WorkPool", name, properties),
        Wanted("rolecall:prefect:Permissions", f"{name}-access", permissions, (name, f"prefect-{job.principal}")),
    ]


def _deployment(job: JobToRun, principals: Sequence[str]) -> list[Wanted]:
    name = f"prefect-{job.declared.resource}"
    variable = {"name": variable_name(job.counterpart), "value": job_variable(job), "managedBy": job.mark}
    properties = {
        "name": job.counterpart,
        "description": job.description or f"Runs job {job.declared.name} in {job.environment}",
        "flow": FLOW,
        "entrypoint": ENTRYPOINT,
        "workPool": pool_name(job.principal),
        "parameterSchema": PARAMETERS,
        "concurrencyLimit": getattr(job.declared.value, "max_concurrent_runs", None),
        # Workspace and job too: a worker runs no other one, whatever the variable contains.
        "tags": [job.environment, job.declared.project, job.workspace, job.job_id],
        "managedBy": job.mark,
    }
    permissions = {
        "targetType": DEPLOYMENT,
        "targetId": f"{FLOW}/{job.counterpart}",
        "holders": job.holder_entries(TEAM, SERVICE_ACCOUNT, ACCESS.__getitem__),
        "managedBy": account_mark(job.organization),
    }
    after = (name, *(f"prefect-{principal}" for principal in principals))
    return [
        Wanted("rolecall:prefect:Variable", f"{name}-job", variable),
        Wanted(
            "rolecall:prefect:Deployment",
            name,
            {key: value for key, value in properties.items() if value is not None},
            (f"prefect-pool-{job.principal}", f"{name}-job"),
        ),
        Wanted("rolecall:prefect:Permissions", f"{name}-access", permissions, after),
        *_automations(job, name),
    ]


def job_variable(job: JobToRun) -> dict[str, Any]:
    """Return which job a deployment runs, where and as whom; how its worker signs in, but nothing to do it with."""
    return {
        "workspace": job.workspace,
        "job_id": job.job_id,
        "principal": job.principal,
        "sign_in": "federation: the worker's own token",
    }


def _automations(job: JobToRun, deployment: str) -> list[Wanted]:
    """Return what sees to runs whose worker is gone: they count as crashed, and are taken up by the next worker.

    A run that is taken up again finds the run in Databricks that it had begun.
    """
    related = {"prefect.resource.role": "deployment", "prefect.resource.name": job.counterpart}
    runs = {"prefect.resource.id": "prefect.flow-run.*"}
    silent = {
        "type": "event",
        "match": runs,
        "match_related": related,
        "after": ["prefect.flow-run.heartbeat"],
        "expect": [
            "prefect.flow-run.heartbeat",
            "prefect.flow-run.Completed",
            "prefect.flow-run.Failed",
            "prefect.flow-run.Cancelled",
            "prefect.flow-run.Crashed",
        ],
        "for_each": ["prefect.resource.id"],
        "posture": "Proactive",
        "threshold": 1,
        "within": SILENCE,
    }
    crashed = {
        "type": "event",
        "match": runs,
        "match_related": related,
        "expect": ["prefect.flow-run.Crashed"],
        "for_each": ["prefect.resource.id"],
        "posture": "Reactive",
        "threshold": 1,
        "within": 0.0,
    }
    found = (
        ("silent", "Lets runs whose worker is silent count as crashed", silent, {"state": "CRASHED"}),
        (
            "crashed",
            "Lets the next worker take up crashed runs",
            crashed,
            {"state": "SCHEDULED", "name": "AwaitingRetry"},
        ),
    )
    return [
        Wanted(
            "rolecall:prefect:Automation",
            f"{deployment}-{kind}",
            {
                "name": f"{job.counterpart}-{kind}",
                "description": description,
                "trigger": trigger,
                "actions": [{"type": "change-flow-run-state", **state}],
                "managedBy": job.mark,
            },
            (deployment,),
        )
        for kind, description, trigger, state in found
    ]


ORCHESTRATOR = Prefect()
