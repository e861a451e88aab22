"""The shipped flow on a real Prefect server: the job is started once, as its own principal, and followed to its end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from rolecall import settings
from rolecall.flows.prefect_flow import NotOurs, job_of
from rolecall.systems.prefect.counterpart import ENTRYPOINT, FLOW, PARAMETERS, pool_name, variable_name
from rolecall.systems.prefect.work_pool import TEMPLATE
from tests.support.identity import Company, company
from tests.support.prefect_server import ask, prefect_server
from tests.support.waiting import PATIENCE, until
from tests.support.worker_scene import ADA, PRINCIPAL, UNWANTED, FederatedJob, federated_job

NAME = "dev-churn-train"
ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")


@dataclass
class Scene:
    """A deployment in Prefect, a job in Databricks, and what starts the worker between them."""

    systems: Company
    job: FederatedJob
    deployment: str
    variables: dict[str, str]

    def ask(self, method: str, path: str, body: object = None, key: str = "") -> Any:
        key = key or self.systems.prefect.variables()["PREFECT_API_KEY"]
        answer = ask(method, f"{self.systems.prefect.url}{path}", body, key)
        return answer.raise_for_status().json() if answer.content else None

    def start(self, day: str = "monday") -> str:
        """Start the deployment as a person who may; return the flow run's id."""
        body = {"parameters": {"parameters": {"day": day}}}
        run = self.ask(
            "POST",
            f"/deployments/{self.deployment}/create_flow_run",
            body,
            key=self.systems.prefect.key_of(ADA),
        )
        return str(run["id"])

    def worker(self) -> subprocess.Popen[str]:
        """Start a worker that ends once what is scheduled is done."""
        code = "from rolecall.cli.start import main; main()"
        arguments = ["worker", "prefect", "--principal", PRINCIPAL, "--workspace", self.job.host, "--once"]
        return subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            env=self.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def runs(self) -> list[dict[str, Any]]:
        return list(self.systems.databricks.account.workspaces["nonprod"].runs.values())

    def state(self, flow_run: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("GET", f"/flow_runs/{flow_run}")["state"]
        return found


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with company(prefect=prefect_server()) as systems:
        job = federated_job(systems, tmp_path)
        kept = {name: value for name, value in os.environ.items() if name not in UNWANTED}
        scene = Scene(systems, job, "", {**kept, **job.variables, "PREFECT_HOME": str(tmp_path / "prefect")})
        pool = {"name": pool_name(PRINCIPAL), "type": "process", "base_job_template": TEMPLATE}
        scene.ask("POST", "/work_pools/", pool)
        told = {"workspace": job.host, "job_id": str(job.job_id), "principal": PRINCIPAL}
        scene.ask("POST", "/variables/", {"name": variable_name(NAME), "value": told})
        flow = scene.ask("POST", "/flows/", {"name": FLOW})["id"]
        body = {
            "name": NAME,
            "flow_id": flow,
            "entrypoint": ENTRYPOINT,
            "work_pool_name": pool["name"],
            "parameter_openapi_schema": PARAMETERS,
            "enforce_parameter_schema": True,
            "tags": [job.host, str(job.job_id)],
            "concurrency_limit": 1,
            "concurrency_options": {"collision_strategy": "ENQUEUE"},
        }
        scene.deployment = scene.ask("POST", "/deployments/", body)["id"]
        account = systems.prefect.url.partition("/workspaces/")[0]
        headers = {"Authorization": f"Bearer {systems.prefect.variables()['PREFECT_API_KEY']}"}
        bot = httpx.post(f"{account}/bots/", json={"name": "worker"}, headers=headers).raise_for_status().json()
        ada = next(key for key, one in systems.prefect.account.members.items() if one["email"] == ADA)
        run = {"access_control": {"run_actor_ids": [bot["actor_id"], ada]}}
        scene.ask("PUT", f"/deployments/{scene.deployment}/access", run)
        worker = {"access_control": {"run_actor_ids": [bot["actor_id"]]}}
        scene.ask("PUT", f"/work_pools/{pool['name']}/access", worker)
        scene.variables |= {"PREFECT_API_URL": systems.prefect.url, "PREFECT_API_KEY": bot["api_key"]["key"]}
        yield scene


def test_a_flow_starts_the_job_as_its_principal_and_follows_it_even_when_it_is_killed_midway(scene: Scene) -> None:
    flow_run = scene.start()
    first = scene.worker()
    until(scene.runs, first)
    # Not the worker alone: the machine is gone, with the flow that it had begun.
    process = psutil.Process(first.pid)
    for one in [*process.children(recursive=True), process]:
        one.kill()
    first.communicate()
    assert scene.state(flow_run)["type"] in ("PENDING", "RUNNING")
    (begun,) = scene.runs()
    # What the automations do once nothing is heard of it: it counts as crashed, and is scheduled again.
    for state in ({"type": "CRASHED"}, {"type": "SCHEDULED", "name": "AwaitingRetry"}):
        scene.ask("POST", f"/flow_runs/{flow_run}/set_state", {"state": state, "force": True})
    scene.systems.installation.clock.forward(16)
    second = scene.worker()
    until(lambda: scene.state(flow_run)["type"] in ("COMPLETED", "FAILED", "CRASHED"), second)
    said, _ = second.communicate(timeout=PATIENCE)
    assert scene.state(flow_run)["type"] == "COMPLETED", said
    assert [run["run_id"] for run in scene.runs()] == [begun["run_id"]], "nothing is started twice"
    assert begun["creator"] == scene.variables["DATABRICKS_CLIENT_ID"]
    assert begun["idempotency_token"] == f"prefect-{flow_run}"
    assert begun["parameters"] == {"day": "monday", "correlation_id": flow_run}
    logs = scene.ask("POST", "/logs/filter", {"logs": {"flow_run_id": {"any_": [flow_run]}}})
    messages = [one["message"] for one in logs]
    page = f"{scene.job.host}/#job/{scene.job.job_id}/run/{begun['run_id']}"
    assert any("SUCCESS" in one and page in one for one in messages), messages
    artifacts = scene.ask("POST", "/artifacts/filter", {})
    assert [one["key"] for one in artifacts if one["flow_run_id"] == flow_run] == [f"databricks-run-{begun['run_id']}"]


OWN: dict[str, tuple[str, dict[str, Any]]] = {
    "code of its own": (FLOW, {"entrypoint": "mine.steal", "name": "mine"}),
    "the shipped flow under the name of another": ("my-flow", {}),
    "steps before the flow": (
        FLOW,
        {"name": "mine", "pull_steps": [{"prefect.deployments.steps.run_shell_script": {}}]},
    ),
    "variables of the process": (FLOW, {"name": "mine", "job_variables": {"env": {"PYTHONPATH": "mine"}}}),
}


def test_a_deployment_of_ones_own_in_the_principals_pool_runs_nothing(scene: Scene) -> None:
    """An author of a deployment that names the pool would run code with the worker's token."""
    deployed = scene.ask("GET", f"/deployments/{scene.deployment}")
    copied = ("name", "entrypoint", "work_pool_name", "parameter_openapi_schema", "tags")
    started: dict[str, str] = {}
    for how, (flow_name, changes) in OWN.items():
        flow = scene.ask("POST", "/flows/", {"name": flow_name})["id"]
        changes = {**changes, "name": f"mine-{len(started)}"} if "name" in changes else changes
        own = {**{name: deployed[name] for name in copied}, "flow_id": flow, **changes}
        mine = scene.ask("POST", "/deployments/", own)["id"]
        started[how] = scene.ask("POST", f"/deployments/{mine}/create_flow_run", {})["id"]
    worker = scene.worker()
    until(lambda: all(scene.state(one)["type"] in ENDED for one in started.values()), worker)
    said, _ = worker.communicate(timeout=PATIENCE)
    assert {how: scene.state(one)["type"] for how, one in started.items()} == dict.fromkeys(OWN, "FAILED"), said
    assert not scene.runs()


def test_what_whoever_starts_it_may_say_is_the_parameters_and_nothing_else(scene: Scene) -> None:
    path = f"/deployments/{scene.deployment}/create_flow_run"
    for body in ({"parameters": {"job_id": 8}}, {"parameters": {"parameters": {"day": 7}}}):
        with pytest.raises(httpx.HTTPStatusError, match=r"409|422"):
            scene.ask("POST", path, body, key=scene.systems.prefect.key_of(ADA))


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "names no job"),
        ({"job_id": "all", "principal": PRINCIPAL, "workspace": "https://ml"}, "names no job"),
        ({"job_id": "7", "principal": "prod-churn-trainer", "workspace": "https://ml"}, "this worker is"),
        ({"job_id": "7", "principal": PRINCIPAL, "workspace": "https://elsewhere"}, "does not go"),
        ({"job_id": "8", "principal": PRINCIPAL, "workspace": "https://ml"}, "another job than was deployed"),
        ({"job_id": "7", "principal": PRINCIPAL, "workspace": "https://ml2"}, "another job than was deployed"),
    ],
)
def test_a_variable_that_was_changed_gets_nothing(value: object, told: str) -> None:
    environment = {settings.WORKER_PRINCIPAL.name: PRINCIPAL, settings.WORKER_WORKSPACES.name: "https://ml https://ml2"}
    tags = ["dev", "churn", "https://ml", "7"]
    with pytest.raises(NotOurs, match=told):
        job_of(value, environment, tags)
    fine = {"job_id": "7", "principal": PRINCIPAL, "workspace": "https://ml/"}
    assert job_of(fine, environment, tags) == {**fine, "workspace": "https://ml"}
