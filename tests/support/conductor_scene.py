"""A workflow in Conductor, a job in Databricks, and the worker between them, as Rolecall deploys them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rolecall.contract.objects import Declared
from rolecall.flows.conductor_worker import Worker
from rolecall.flows.sign_in import workspace_client
from rolecall.ids.ids import ServicePrincipalId
from rolecall.ids.verbs import Kind
from rolecall.kinds.job import JobBase
from rolecall.systems.conductor.counterpart import task, task_name
from rolecall.systems.connections import forget_all
from rolecall.systems.orchestrator import JobToRun
from tests.support.identity import Company, company
from tests.support.worker_scene import ADA, PRINCIPAL, UNWANTED, federated_job

WORKFLOW = "dev-churn-train"


@dataclass
class Scene:
    """A workflow in Conductor, a job in Databricks, and the worker between them."""

    systems: Company
    worker: Worker
    environment: dict[str, str]
    job_id: int

    def start(self) -> str:
        """Start the workflow as a person; return the execution's id."""
        before = {*self.systems.conductor.cluster.executions}
        body = {"name": WORKFLOW, "correlationId": "order-7", "input": {"parameters": {"day": "monday"}}}
        self.systems.conductor_call("POST", "workflow", body, user=ADA)
        (identity,) = {*self.systems.conductor.cluster.executions} - before
        return identity

    def execution(self, identity: str) -> dict[str, Any]:
        found: dict[str, Any] = self.systems.conductor.cluster.executions[identity]
        return found

    def runs(self) -> list[dict[str, Any]]:
        return list(self.systems.databricks.account.workspaces["nonprod"].runs.values())

    def later(self, seconds: float) -> None:
        self.systems.installation.clock.forward(seconds)

    def change(self, **inputs: str) -> None:
        """Change what the workflow hands to its task, as somebody could by hand."""
        definition = self.systems.conductor.cluster.workflows[WORKFLOW]["1"]
        definition["tasks"][0]["inputParameters"] |= inputs

    def deploy(self, **job: str) -> None:
        """Change which job is deployed."""
        self.systems.conductor.cluster.tasks[task_name(PRINCIPAL)]["inputTemplate"]["jobs"][WORKFLOW] |= job


@contextmanager
def conductor_scene(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[Scene]:
    """Yield a worker whose environment is also this process's."""
    with company() as systems:
        job = federated_job(systems, folder)
        host = job.host
        key, secret = _in_conductor(systems, host, job.job_id)
        for name in UNWANTED:
            monkeypatch.delenv(name, raising=False)
        environment = {
            "CONDUCTOR_SERVER_URL": f"{systems.conductor.address}/api",
            "CONDUCTOR_AUTH_KEY": key,
            "CONDUCTOR_AUTH_SECRET": secret,
            **job.variables,
            "ROLECALL_RETRY_SECONDS": "2",
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        forget_all()
        worker = Worker(PRINCIPAL, [host], lambda address: workspace_client(address, environment))
        yield Scene(systems, worker, environment, job.job_id)
        forget_all()


def _in_conductor(systems: Company, host: str, job_id: int) -> tuple[str, str]:
    """Define the workflow as Rolecall does, and return the access key of the principal's application."""
    call = systems.conductor_call
    call("POST", "applications", {"name": PRINCIPAL})
    (identity,) = (key for key, one in systems.conductor.cluster.applications.items() if one["name"] == PRINCIPAL)
    call("POST", f"applications/{identity}/roles/WORKER")
    key = call("POST", f"applications/{identity}/accessKeys")
    deployed = {"jobs": {WORKFLOW: {"workspace": host, "job_id": str(job_id)}}}
    kind: dict[str, Any] = {"retryCount": 3, "responseTimeoutSeconds": 300, "inputTemplate": deployed}
    call("POST", "metadata/taskdefs", [{"name": task_name(PRINCIPAL), **kind}])
    job = JobToRun(
        Declared(Kind.JOB, "churn", "train", JobBase()),
        "dev",
        ServicePrincipalId("dev", "churn", "trainer"),
        {},
        "acme",
        host,
        str(job_id),
    )
    call("PUT", "metadata/workflow", [{"name": WORKFLOW, "version": 1, "tasks": [task(job)]}])
    for target, name, subject, access in (
        ("TASK_DEF", task_name(PRINCIPAL), f"app:{identity}", ["EXECUTE", "READ"]),
        ("WORKFLOW_DEF", WORKFLOW, f"app:{identity}", ["EXECUTE", "READ"]),
        ("WORKFLOW_DEF", WORKFLOW, ADA, ["EXECUTE", "READ"]),
    ):
        grant = {"subject": {"type": "USER", "id": subject}, "target": {"type": target, "id": name}, "access": access}
        call("POST", "auth/authorization", grant)
    return str(key["id"]), str(key["secret"])
