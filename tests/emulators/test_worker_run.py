"""The command that a stage of a pipeline in Harness runs on a delegate: the pipeline's own script and variables."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient

from rolecall import settings
from rolecall.contract.objects import Declared
from rolecall.errors import UsageError
from rolecall.flows.job_run import JobFailed, JobRequest
from rolecall.flows.one_run import parameters_of, run_to_its_end
from rolecall.flows.sign_in import workspace_client
from rolecall.ids.ids import ServicePrincipalId
from rolecall.ids.verbs import Kind
from rolecall.kinds.job import JobBase
from rolecall.systems.harness.counterpart import stages
from rolecall.systems.orchestrator import JobToRun
from tests.support.identity import Company, company
from tests.support.worker_scene import ADA, UNWANTED, FederatedJob, federated_job

EXECUTION = "sJ1Z0mC8QvqQ9w3mYH5o2g"


@dataclass(frozen=True)
class Scene:
    """A job, and what a delegate that runs it has in its environment."""

    systems: Company
    job: FederatedJob
    environment: dict[str, str]

    def runs(self) -> list[dict[str, Any]]:
        return list(self.systems.databricks.account.workspaces["nonprod"].runs.values())

    def later(self, _seconds: float = 0) -> None:
        self.systems.installation.clock.forward(16)

    def client(self) -> WorkspaceClient:
        return workspace_client(self.job.host, self.environment)

    def stage(self, folder: Path, parameters: str = "{}") -> subprocess.CompletedProcess[str]:
        """Run the stage's script as a delegate does: expressions are written out, variables exported."""
        declared = Declared(Kind.JOB, "churn", "train", JobBase())
        job = JobToRun(
            declared,
            "dev",
            ServicePrincipalId("dev", "churn", "trainer"),
            {},
            "acme",
            self.job.host,
            str(self.job.job_id),
        )
        (stage,) = stages(job)
        spec = stage["stage"]["spec"]["execution"]["steps"][0]["step"]["spec"]
        expressions = {
            "<+pipeline.executionId>": EXECUTION,
            "<+pipeline.triggeredBy.email>": ADA,
            "<+pipeline.variables.parameters>": parameters,
        }
        variables = {one["name"]: _written(str(one["value"]), expressions) for one in spec["environmentVariables"]}
        command = folder / "rolecall"
        code = "import sys; from rolecall.cli.start import main; sys.exit(main())"
        command.write_text(f"#!{sys.executable}\n{code}\n")
        command.chmod(0o755)
        path = f"{folder}{os.pathsep}{self.environment['PATH']}"
        return subprocess.run(
            ["/bin/bash", "-c", spec["source"]["spec"]["script"]],
            env={**self.environment, **variables, "PATH": path},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


def _written(value: str, expressions: Mapping[str, str]) -> str:
    for expression, text in expressions.items():
        value = value.replace(expression, text)
    return value


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with company() as systems:
        job = federated_job(systems, tmp_path)
        kept = {name: value for name, value in os.environ.items() if name not in UNWANTED}
        yield Scene(systems, job, {**kept, **job.variables, settings.WORKER_WORKSPACES.name: job.host})


def test_a_stage_runs_its_job_once_however_often_it_is_tried(scene: Scene, tmp_path: Path) -> None:
    parameters = '{"day": "$(touch /tmp/x); `id`"}'
    for progress in run_to_its_end(scene.client(), JobRequest(scene.job.job_id, "another"), sleep=scene.later):
        assert progress.run_id
    scene.later()
    first = scene.stage(tmp_path, parameters)
    assert first.returncode == 0, first.stdout + first.stderr
    again = scene.stage(tmp_path, parameters)
    assert again.returncode == 0, again.stdout + again.stderr
    run = scene.runs()[-1]
    assert len(scene.runs()) == 2, "the other one, and one for the stage"
    assert run["creator"] == scene.environment["DATABRICKS_CLIENT_ID"]
    assert run["idempotency_token"].startswith(f"harness-{EXECUTION}-")
    told = {"correlation_id": EXECUTION, "triggered_by": ADA}
    assert run["parameters"] == {"day": "$(touch /tmp/x); `id`", **told}, "input is never run"
    assert "SUCCESS" in again.stdout
    assert f"{scene.job.host}/#job/{scene.job.job_id}/run/{run['run_id']}" in again.stdout.replace("\n", "")


def test_a_run_that_fails_fails_the_stage(scene: Scene, tmp_path: Path) -> None:
    client = scene.client()
    states = run_to_its_end(client, JobRequest(scene.job.job_id, "one"), sleep=scene.later)
    run_id = next(states).run_id
    client.jobs.cancel_run(run_id)
    assert [one.result_state for one in states] == ["CANCELED"]
    assert scene.stage(tmp_path, "no JSON").returncode == 2, "nothing is started"
    assert len(scene.runs()) == 1
    scene.environment[settings.WORKER_WORKSPACES.name] = "https://elsewhere.example.com"
    refused = scene.stage(tmp_path)
    assert refused.returncode == 2
    assert "does not go to" in refused.stdout + refused.stderr
    del scene.environment[settings.WORKER_WORKSPACES.name]
    scene.environment[settings.WORKER_PRINCIPAL.name] = "prod-churn-trainer"
    refused = scene.stage(tmp_path)
    assert refused.returncode == 2
    assert "this delegate is prod-churn-trainer" in (refused.stdout + refused.stderr).replace("\n", " ")
    assert len(scene.runs()) == 1


def test_what_databricks_does_not_answer_is_asked_again_and_what_it_refuses_is_not(scene: Scene) -> None:
    fault = {"kind": "connection-reset", "method": "POST", "path": "*/jobs/run-now"}
    scene.systems.fault("databricks/nonprod", fault)
    progress = [*run_to_its_end(scene.client(), JobRequest(scene.job.job_id, "one"), sleep=scene.later)][-1]
    assert progress.has_succeeded
    assert len(scene.runs()) == 1
    scene.systems.fault("databricks/nonprod", {**fault, "kind": "status", "status": 400})
    waits: list[float] = []
    with pytest.raises(JobFailed):
        next(run_to_its_end(scene.client(), JobRequest(scene.job.job_id, "two"), sleep=waits.append))
    assert not waits


@pytest.mark.parametrize("text", ["[]", "{", '{"a": {}}', '{"a": [1]}', "7"])
def test_parameters_are_names_with_values(text: str) -> None:
    with pytest.raises(UsageError):
        parameters_of(text)
    assert parameters_of('{"a": 1, "b": "x"}') == {"a": "1", "b": "x"}
    assert parameters_of("") == {}
