"""Rolecall's definitions in Conductor, from their making to a finished run: on the emulator, or on a real server.

With `--live conductor`, CONDUCTOR_SERVER_URL names an open-source server, say one started by: java -jar
conductor-server-3.32.3-boot.jar --server.port=8080 --conductor.integrations.ai.enabled=false
--conductor.default-event-queue.type=conductor (Maven: org.conductoross:conductor-server, classifier boot; Java 21).
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.service.jobs import NotebookTask, Task

from rolecall.contract.naming import subject_name
from rolecall.contract.objects import Declared
from rolecall.flows import conductor_worker
from rolecall.flows.conductor_worker import Worker
from rolecall.ids.ids import ServicePrincipalId
from rolecall.ids.verbs import Kind
from rolecall.kinds.job import JobBase
from rolecall.systems.conductor.client import conductor, one
from rolecall.systems.conductor.counterpart import ORCHESTRATOR
from rolecall.systems.conductor.task_definition import TaskDefinition, TaskInputs
from rolecall.systems.conductor.workflow_definition import WorkflowDefinition, WorkflowInputs
from rolecall.systems.connections import forget_all
from rolecall.systems.orchestrator import JobToRun
from rolecall.systems.requests import Request
from tests.support.identity import Company, company

OWNER = "rolecall:acme"


@pytest.fixture
def systems(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    """Databricks is the emulator in both cases."""
    with company() as running:
        if "conductor" not in request.config.getoption("--live"):
            for name, value in running.conductor.variables().items():
                monkeypatch.setenv(name, value)
        monkeypatch.setattr(conductor_worker, "LOOK_EVERY", 0)
        forget_all()
        yield running
        forget_all()


def test_definitions_are_read_back_as_declared_and_run_a_job_to_its_end(systems: Company) -> None:
    assert os.environ["CONDUCTOR_SERVER_URL"]
    host = systems.databricks.addresses["nonprod"]
    credentials = systems.databricks.credentials
    client = WorkspaceClient(
        host=host, auth_type="oauth-m2m", client_id=credentials.client_id, client_secret=credentials.client_secret
    )
    job = client.jobs.create(name="train", tasks=[Task(task_key="a", notebook_task=NotebookTask(notebook_path="/a"))])
    principal = ServicePrincipalId("dev", "churn", f"trainer-{uuid.uuid4().hex[:8]}")
    declared = Declared(Kind.JOB, f"churn-{uuid.uuid4().hex[:8]}", "train", JobBase())
    wanted = ORCHESTRATOR.for_project([JobToRun(declared, "dev", principal, {}, "acme", host, str(job.job_id))])
    by_type: dict[str, Any] = {one_.token.rpartition(":")[2]: one_.properties for one_ in wanted}
    tasks, workflows = TaskDefinition(), WorkflowDefinition()
    task = TaskInputs.model_validate(by_type["TaskDefinition"])
    workflow = WorkflowInputs.model_validate(by_type["WorkflowDefinition"])
    tasks.create(task)
    workflows.create(workflow)
    for made, inputs in ((tasks.read(task.name, task), task), (workflows.read(workflow.name, workflow), workflow)):
        assert made is not None
        assert made.inputs == inputs, "a refresh finds no difference"
    changed = workflow.model_copy(update={"timeout_seconds": 3600})
    workflows.update(workflow.name, workflow, changed)
    read = workflows.read(workflow.name, changed)
    assert read is not None
    assert read.inputs == changed

    body: dict[str, Any] = {"name": workflow.name, "correlationId": "order-7", "input": {"parameters": {}}}
    conductor().send(Request("POST", "/workflow", body=body))
    worker = Worker(subject_name(principal), [host], lambda _: client)
    said = _work(worker)
    assert "PENDING" in said
    systems.installation.clock.forward(16)
    said = _work(worker)
    assert "SUCCESS" in said
    (run,) = systems.databricks.account.workspaces["nonprod"].runs.values()
    execution = one(f"/workflow/{run['idempotency_token'].removeprefix('conductor-')}")
    assert execution["correlationId"] == "order-7"
    assert execution["tasks"][-1]["outputData"]["run_id"] == run["run_id"]

    workflows.delete(workflow.name, changed)
    tasks.delete(task.name, task)
    assert workflows.read(workflow.name, changed) is None
    assert tasks.read(task.name, task) is None


def _work(worker: Worker) -> str:
    """Work until there was something to do: a real server hands tasks out after a moment."""
    while (said := worker.work_once()) is None:
        pass
    return said
