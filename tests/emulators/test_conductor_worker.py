"""A worker between Conductor and Databricks: the job is started once, as its own principal, and followed to its end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.service.jobs import NotebookTask, Task

from rolecall.errors import UsageError
from rolecall.flows.job_run import JobRequest, begin
from rolecall.flows.sign_in import CLIENT, TOKEN_FILE, workspace_client
from rolecall.systems.conductor.counterpart import task_name
from tests.support.conductor_scene import Scene, conductor_scene
from tests.support.worker_scene import ADA, PRINCIPAL

WORKFLOW = "dev-churn-train"


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Scene]:
    with conductor_scene(monkeypatch, tmp_path) as made:
        yield made


def test_a_run_is_started_as_the_jobs_principal_and_followed_to_its_end(scene: Scene) -> None:
    assert scene.worker.work_once() is None, "there is nothing to do"
    identity = scene.start()
    assert "PENDING" in str(scene.worker.work_once())
    assert scene.worker.work_once() is None, "it is looked at again later"
    scene.later(16)
    assert "SUCCESS" in str(scene.worker.work_once())
    (run,) = scene.runs()
    assert run["creator"] == scene.environment[CLIENT]
    assert run["idempotency_token"] == f"conductor-{identity}"
    assert run["parameters"] == {"day": "monday", "correlation_id": "order-7", "triggered_by": ADA}
    found = scene.execution(identity)
    assert (found["status"], found["output"]["run_id"], found["output"]["result_state"]) == (
        "COMPLETED",
        run["run_id"],
        "SUCCESS",
    )
    assert found["output"]["run_page_url"]


def test_a_worker_that_dies_midway_starts_the_job_once(scene: Scene) -> None:
    identity = scene.start()
    client = scene.worker.connect(next(iter(scene.worker.workspaces)))
    # It has started the run, and dies before it says so; Conductor hands the task out again after a while.
    taken = scene.systems.conductor_call("GET", f"tasks/poll/{task_name(PRINCIPAL)}?workerid=first")
    begun = begin(client, JobRequest(scene.job_id, f"conductor-{taken['workflowInstanceId']}"))
    assert scene.worker.work_once() is None
    scene.later(301)
    assert "SUCCESS" in str(scene.worker.work_once())
    assert [run["run_id"] for run in scene.runs()] == [begun]
    assert scene.execution(identity)["output"]["run_id"] == begun


def test_two_requests_are_two_runs_and_a_run_that_fails_is_told(scene: Scene) -> None:
    first, second = scene.start(), scene.start()
    assert scene.worker.work_once()
    assert scene.worker.work_once()
    assert len(scene.runs()) == 2
    scene.runs()[0]["cancelled"] = scene.systems.installation.clock.now()
    scene.later(16)
    scene.worker.work_once()
    scene.worker.work_once()
    states = {one: scene.execution(one)["status"] for one in (first, second)}
    assert sorted(states.values()) == ["COMPLETED", "FAILED"]
    failed = next(one for one, state in states.items() if state == "FAILED")
    assert "CANCELED" in scene.execution(failed)["tasks"][-1]["reasonForIncompletion"]
    assert len(scene.runs()) == 2, "it is not started again: the job has retries of its own"


def test_a_lost_answer_starts_no_second_run_and_what_is_rejected_is_not_tried_again(scene: Scene) -> None:
    identity = scene.start()
    path = "*/jobs/run-now"
    scene.systems.fault("databricks/nonprod", {"kind": "connection-reset", "method": "POST", "path": path})
    while not scene.execution(identity)["tasks"][-1]["outputData"]:
        scene.worker.work_once()
    assert len(scene.runs()) == 1
    again = scene.start()
    scene.systems.fault("databricks/nonprod", {"kind": "status", "status": 400, "method": "POST", "path": path})
    scene.worker.work_once()
    assert scene.execution(again)["status"] == "FAILED"


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ({"workspace": "https://elsewhere.example.com"}, "names another workspace"),
        ({"principal": "prod-churn-trainer"}, "this worker is 'dev-churn-trainer'"),
        ({"job_id": "all of them"}, "names another job_id"),
    ],
)
def test_a_definition_that_was_changed_gets_nothing(scene: Scene, inputs: dict[str, str], sentence: str) -> None:
    scene.change(**inputs)
    identity = scene.start()
    assert sentence in str(scene.worker.work_once())
    assert scene.execution(identity)["status"] == "FAILED"
    assert not scene.runs()


def test_a_job_of_another_principal_is_refused_by_databricks(scene: Scene) -> None:
    account = scene.systems.databricks.account
    workspace = WorkspaceClient(
        host=scene.systems.databricks.addresses["nonprod"],
        auth_type="oauth-m2m",
        client_id=scene.systems.databricks.credentials.client_id,
        client_secret=scene.systems.databricks.credentials.client_secret,
    )
    other = workspace.jobs.create(
        name="other", tasks=[Task(task_key="a", notebook_task=NotebookTask(notebook_path="/a"))]
    )
    scene.change(job_id=str(other.job_id))
    scene.deploy(job_id=str(other.job_id))
    identity = scene.start()
    scene.worker.work_once()
    assert scene.execution(identity)["status"] == "FAILED"
    assert not account.workspaces["nonprod"].runs


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"DATABRICKS_CLIENT_SECRET": "x"}, "DATABRICKS_CLIENT_SECRET is set"),
        ({"DATABRICKS_TOKEN": "x"}, "DATABRICKS_TOKEN is set"),
        ({TOKEN_FILE: ""}, "its platform's token"),
        ({"DATABRICKS_AUTH_TYPE": "pat"}, "signs in by federation"),
    ],
)
def test_a_worker_signs_in_with_nothing_that_lasts(variables: dict[str, str], sentence: str) -> None:
    environment = {CLIENT: "a", TOKEN_FILE: "/nowhere", **variables}
    with pytest.raises(UsageError, match=sentence):
        workspace_client("https://ml.example.com", environment)


def test_the_command_works_until_there_is_nothing_to_do(scene: Scene) -> None:
    from typer.testing import CliRunner

    from rolecall.cli.main import app

    scene.start()
    host = scene.systems.databricks.addresses["nonprod"]
    arguments = ["worker", "conductor", "--principal", PRINCIPAL, "--workspace", host, "--once"]
    answer = CliRunner().invoke(app, arguments, env=dict(os.environ))
    assert answer.exit_code == 0, answer.output
    assert len(scene.runs()) == 1
