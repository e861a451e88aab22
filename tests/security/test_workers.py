"""A user who may define workflows, or start one, gets no more of a principal than deployed counterparts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rolecall import settings
from rolecall.cli.main import app
from rolecall.console.worker import run_one_job
from rolecall.contract.objects import Declared
from rolecall.errors import UsageError
from rolecall.flows.job_run import JobFailed, JobRequest, begin, request_id
from rolecall.flows.one_run import parameters_of
from rolecall.ids.ids import ServicePrincipalId
from rolecall.ids.verbs import Kind
from rolecall.kinds.job import JobBase
from rolecall.systems.conductor.counterpart import ORCHESTRATOR, task_name
from rolecall.systems.http import plain
from rolecall.systems.orchestrator import JobToRun
from tests.support.conductor_scene import WORKFLOW, Scene, conductor_scene
from tests.support.worker_scene import ADA, PRINCIPAL


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Scene]:
    with conductor_scene(monkeypatch, tmp_path) as made:
        yield made


def own_workflow(scene: Scene, name: str = "mine", **inputs: Any) -> dict[str, Any]:
    """Define a workflow as a person, with the principal's kind of task, and start it; return its execution."""
    cluster = scene.systems.conductor.cluster
    deployed = cluster.workflows[WORKFLOW]["1"]["tasks"][0]["inputParameters"]
    task = {
        "name": task_name(PRINCIPAL),
        "taskReferenceName": "run",
        "type": "SIMPLE",
        "inputParameters": {**deployed, **inputs},
    }
    scene.systems.conductor_call("PUT", "metadata/workflow", [{"name": name, "version": 1, "tasks": [task]}])
    grant = {"subject": {"type": "USER", "id": ADA}, "target": {"type": "WORKFLOW_DEF", "id": name}}
    scene.systems.conductor_call("POST", "auth/authorization", {**grant, "access": ["EXECUTE", "READ"]})
    before = {*cluster.executions}
    scene.systems.conductor_call("POST", "workflow", {"name": name, "input": {}}, user=ADA)
    (identity,) = {*cluster.executions} - before
    return scene.execution(identity)


@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("mine", {}),
        ("mine", {"jobs": {"mine": {"workspace": "WORKSPACE", "job_id": "JOB"}}}),
        (f"{WORKFLOW}-2", {}),
        (WORKFLOW.upper(), {}),
        ("[/bold]", {}),
        ("[link=x]y[/link", {"principal": "[/]"}),
        ("mine", {"parameters": ["day"]}),
        ("mine", {"parameters": {"day": {"a": "b"}}}),
        ("mine", {"principal": {"a": "b"}}),
        ("mine", {"job_id": None, "workspace": {}}),
    ],
)
def test_a_workflow_of_ones_own_gets_no_job_and_ends_no_worker(scene: Scene, name: str, inputs: dict[str, Any]) -> None:
    text = {"WORKSPACE": scene.systems.databricks.addresses["nonprod"], "JOB": str(scene.job_id)}
    if "jobs" in inputs:
        inputs = {"jobs": {"mine": {key: text[value] for key, value in inputs["jobs"]["mine"].items()}}}
    execution = own_workflow(scene, name, **inputs)
    arguments = ["worker", "conductor", "--principal", PRINCIPAL, "--once"]
    answer = CliRunner().invoke(app, [*arguments, "--workspace", text["WORKSPACE"]], env=dict(os.environ))
    assert answer.exit_code == 0, answer.output
    assert execution["status"] == "FAILED"
    assert not scene.runs()


def started(scene: Scene, body: dict[str, Any]) -> dict[str, Any]:
    """Start a workflow as a person, whose request has its own definition; return its execution."""
    cluster = scene.systems.conductor.cluster
    before = {*cluster.executions}
    scene.systems.conductor_call("POST", "workflow", body, user=ADA)
    (identity,) = {*cluster.executions} - before
    return scene.execution(identity)


def inline(scene: Scene, **changes: Any) -> dict[str, Any]:
    """Return a definition called like the counterpart, with its task changed."""
    deployed = scene.systems.conductor.cluster.workflows[WORKFLOW]["1"]
    task = {**deployed["tasks"][0], **changes}
    return {"name": WORKFLOW, "version": 1, "tasks": [task]}


def given(scene: Scene, **inputs: Any) -> dict[str, Any]:
    deployed: dict[str, Any] = scene.systems.conductor.cluster.workflows[WORKFLOW]["1"]["tasks"][0]["inputParameters"]
    return {**deployed, **inputs}


INLINE: dict[str, Any] = {
    "parameters of its author": lambda scene: inline(scene, inputParameters=given(scene, parameters={"day": "x"})),
    "another reference": lambda scene: inline(scene, taskReferenceName="mine"),
    "a definition of the task, too": lambda scene: inline(
        scene,
        taskReferenceName="mine",
        taskDefinition={
            "name": task_name(PRINCIPAL),
            "inputTemplate": {"jobs": {WORKFLOW: {"workspace": next(iter(scene.worker.workspaces)), "job_id": "1"}}},
        },
    ),
    "a second task": lambda scene: {
        **inline(scene),
        "tasks": [*inline(scene)["tasks"], *inline(scene, taskReferenceName="again")["tasks"]],
    },
    "a version that is not registered": lambda scene: {**inline(scene), "version": 9},
    "a dynamic kind of task": lambda scene: inline(scene, type="DYNAMIC", dynamicTaskNameParam="kind"),
}


@pytest.mark.parametrize("how", INLINE)
def test_a_definition_in_the_request_gets_no_job_by_its_name(scene: Scene, how: str) -> None:
    execution = started(scene, {"name": WORKFLOW, "workflowDef": INLINE[how](scene), "input": {}})
    assert execution["tasks"][0]["workflowType"] == WORKFLOW
    scene.worker.work_once()
    assert execution["status"] == "FAILED"
    assert not scene.runs()


WORD_FOR_WORD: dict[str, Any] = {
    "as registered": lambda scene: {},
    "with what the server added": lambda scene: {"createTime": 1, "updateTime": 1, "ownerEmail": "x@example.com"},
    "another version of it": lambda scene: {"schemaVersion": 2},
}


@pytest.mark.parametrize("how", WORD_FOR_WORD)
@pytest.mark.parametrize("held", [(), ("READ",)])
def test_a_copy_word_for_word_gets_no_job_for_somebody_who_may_not_start_it(
    scene: Scene, how: str, held: tuple[str, ...]
) -> None:
    """A viewer of a workflow can repeat it in a request of their own, which Conductor follows."""
    cluster = scene.systems.conductor.cluster
    permissions = cluster.permissions[f"WORKFLOW_DEF/{WORKFLOW}"]
    permissions[f"USER/{ADA}"] = [*held]
    copied = {**cluster.workflows[WORKFLOW]["1"], **WORD_FOR_WORD[how](scene)}
    execution = started(scene, {"name": WORKFLOW, "version": 1, "workflowDef": copied, "input": {}})
    assert "may not execute it" in str(scene.worker.work_once())
    assert execution["status"] == "FAILED"
    assert not scene.runs()


def test_a_copy_by_somebody_who_may_start_it_is_the_same_as_starting_it(scene: Scene) -> None:
    definition = scene.systems.conductor.cluster.workflows[WORKFLOW]["1"]
    started(scene, {"name": WORKFLOW, "version": 1, "workflowDef": definition, "input": {}})
    scene.worker.work_once()
    assert len(scene.runs()) == 1


@pytest.mark.parametrize("status", [403, 404])
def test_where_nobody_tells_who_may_start_it_nothing_runs_unless_that_is_accepted(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    fault = {"kind": "status", "status": status, "method": "GET", "path": "*/checkPermissions", "times": 1}
    scene.systems.fault("conductor", fault)
    scene.start()
    assert "cannot tell what the task belongs to" in str(scene.worker.work_once())
    assert not scene.runs()
    monkeypatch.setenv(settings.WORKER_STARTERS.name, "unchecked")
    scene.start()
    scene.worker.work_once()
    assert len(scene.runs()) == 1


def test_a_right_to_start_that_was_taken_away_starts_nothing_more(scene: Scene) -> None:
    identity = scene.start()
    scene.systems.conductor.cluster.permissions[f"WORKFLOW_DEF/{WORKFLOW}"][f"USER/{ADA}"] = ["READ"]
    scene.worker.work_once()
    assert scene.execution(identity)["status"] == "FAILED"
    assert not scene.runs()


def test_neither_does_a_workflow_inside_another_one(scene: Scene) -> None:
    """A fork and a sub-workflow name their own definitions; what their tasks belong to is asked of the server."""
    execution = started(scene, {"name": "mine", "workflowDef": {**inline(scene), "name": "mine"}, "input": {}})
    forged = execution["tasks"][0]
    forged["workflowType"] = WORKFLOW
    scene.worker.work_once()
    assert execution["status"] == "FAILED"
    assert not scene.runs()


def test_an_execution_that_the_worker_cannot_see_gets_no_job(scene: Scene) -> None:
    scene.start()
    held = scene.systems.conductor.cluster.permissions[f"WORKFLOW_DEF/{WORKFLOW}"]
    for who in [one for one in held if "app:" in one]:
        del held[who]
    assert "cannot tell what the task belongs to" in str(scene.worker.work_once())
    assert not scene.runs()


def test_the_job_is_the_deployed_one_whatever_the_task_says(scene: Scene) -> None:
    scene.change(job_id=str(scene.job_id + 1))
    scene.start()
    assert "names another job_id" in str(scene.worker.work_once())
    assert not scene.runs()


def test_a_request_is_known_by_its_execution_whatever_the_task_says(scene: Scene) -> None:
    scene.change(request_id="conductor-of-somebody-else")
    identity = scene.start()
    scene.worker.work_once()
    (run,) = scene.runs()
    assert run["idempotency_token"] == f"conductor-{identity}"


def test_a_run_of_another_job_is_not_followed(scene: Scene) -> None:
    identity = scene.start()
    scene.worker.work_once()
    (run,) = scene.runs()
    other = str(scene.job_id + 1)
    scene.deploy(job_id=other)
    scene.execution(identity)["tasks"][-1]["inputData"]["job_id"] = other
    scene.later(16)
    assert "is not one of job" in str(scene.worker.work_once())
    assert scene.execution(identity)["status"] == "FAILED"
    assert run["job_id"] == scene.job_id


@pytest.mark.parametrize("name", ["triggered_by", "correlation_id", "Triggered_By", " correlation_id"])
def test_nobody_says_by_a_parameter_who_has_started_a_run(scene: Scene, name: str) -> None:
    host = next(iter(scene.worker.workspaces))
    wanted = JobRequest(scene.job_id, "conductor-1", "c", "ada@example.com", {name: "somebody@example.com"})
    with pytest.raises(JobFailed, match="which the worker says") as failed:
        begin(scene.worker.connect(host), wanted)
    assert failed.value.for_good
    assert not scene.runs()


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 5_000 + "1" + "}" * 5_000])
def test_what_is_nested_too_deeply_ends_nothing(text: str) -> None:
    """The starter of a workflow writes its inputs, and the worker polls them."""
    with pytest.raises(UsageError):
        parameters_of(text)
    assert plain(text.encode()) is None


def test_an_execution_that_somebody_has_ended_ends_no_worker(scene: Scene) -> None:
    identity = scene.start()
    path = "*/tasks"
    scene.systems.fault("conductor", {"kind": "status", "status": 404, "method": "POST", "path": path})
    assert WORKFLOW in str(scene.worker.work_once())
    assert scene.execution(identity)


@pytest.mark.parametrize("execution", ["", "x", "../..", "a" * 41, "a\nb-c-d-e-f"])
def test_without_an_executions_id_nothing_is_started(execution: str) -> None:
    with pytest.raises(JobFailed, match="has no execution id"):
        request_id("conductor", execution)


def test_requests_of_an_execution_differ_by_job_and_repeat_by_it() -> None:
    execution = "sJ1Z0mC8QvqQ9w3mYH5o2g"
    one, other = (request_id("harness", execution, "https://ml.example", job) for job in ("7", "8"))
    assert one != other
    assert one == request_id("harness", execution, "https://ml.example", "7")
    assert max(len(one), len(request_id("conductor", "0" * 40, "a"))) <= 64


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({}, "names no workspaces"),
        ({settings.WORKER_WORKSPACES.name: " "}, "names no workspaces"),
        ({settings.WORKER_WORKSPACES.name: "https://other.example"}, "does not go to"),
        (
            {settings.WORKER_WORKSPACES.name: "https://ml.example", "ROLECALL_WORKER_PRINCIPAL": "prod-churn-trainer"},
            "delegate is prod-",
        ),
    ],
)
def test_a_delegate_goes_only_where_it_was_deployed_for(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], says: str
) -> None:
    for name in (settings.WORKER_WORKSPACES.name, "ROLECALL_WORKER_PRINCIPAL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UsageError, match=says):
        run_one_job("https://ml.example", "", 7, "sJ1Z0mC8QvqQ9w3mYH5o2g", "ada@example.com", {})


def test_the_kind_of_task_says_which_jobs_are_run() -> None:
    def job(key: str, principal: str, number: str) -> JobToRun:
        declared = Declared(Kind.JOB, "churn", key, JobBase())
        runs_as = ServicePrincipalId("dev", "churn", principal)
        return JobToRun(declared, "dev", runs_as, {}, "acme", "https://w", number)

    jobs = [job("train", "trainer", "7"), job("retrain", "trainer", "8"), job("score", "scorer", "9")]
    wanted = ORCHESTRATOR.for_project(jobs)
    kinds = {one.properties["name"]: one.properties["jobs"] for one in wanted if one.token.endswith(":TaskDefinition")}
    assert kinds == {
        "databricks-job-as-dev-churn-scorer": {"dev-churn-score": {"workspace": "https://w", "job_id": "9"}},
        "databricks-job-as-dev-churn-trainer": {
            "dev-churn-train": {"workspace": "https://w", "job_id": "7"},
            "dev-churn-retrain": {"workspace": "https://w", "job_id": "8"},
        },
    }
