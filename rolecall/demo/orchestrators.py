"""What people do in the orchestrators: start a job, and give rights by hand as their administrators could."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from databricks.sdk import AccountClient, WorkspaceClient
from databricks.sdk.service.jobs import BaseRun

from rolecall.demo.by_hand import WORKSPACE, Change
from rolecall.engine.watchdog import end_group, watchdog
from rolecall.flows.sign_in import CLIENT, LASTING, TOKEN_FILE
from rolecall.local import emulators
from rolecall.local.record import Running

COUNTERPART, PRINCIPAL = "staging-forecasting-release", "staging-forecasting-deployer"
SERVICE_ACCOUNT = "forecasting-deployer-staging"
VIEWERS, STARTER = "security-audit", "ada@acme.example"
WORKER = f"rolecall worker prefect --principal {PRINCIPAL}"
# Seconds that a run of the emulator takes, and that the worker may take for all of it.
RUN_SECONDS, PATIENCE = 15.0, 120.0
LOOK_EVERY = 0.2
ENDED = ("COMPLETED", "FAILED", "CANCELLED", "CRASHED")


@dataclass(frozen=True)
class FlowRun:
    """A flow run that has ended.

    Attributes:
        name: its name in Prefect.
        state: how it ended there.
        page: address of the run in Databricks.
        result: how that ended.
        principal: who it ran as.
        said: what the worker printed.
    """

    name: str
    state: str
    page: str
    result: str
    principal: str
    said: str


def give_in_conductor(running: Running) -> Change:
    """Let a group start a workflow that it may only see, past the contract."""
    client, variables = emulators.client(running), running.variables
    address = variables["CONDUCTOR_SERVER_URL"]
    key = {"keyId": variables["CONDUCTOR_AUTH_KEY"], "keySecret": variables["CONDUCTOR_AUTH_SECRET"]}
    token = client.post(f"{address}/token", json=key).raise_for_status().json()["token"]
    body = {
        "subject": {"type": "GROUP", "id": VIEWERS},
        "target": {"type": "WORKFLOW_DEF", "id": COUNTERPART},
        "access": ["EXECUTE"],
    }
    client.post(f"{address}/auth/authorization", json=body, headers={"X-Authorization": token}).raise_for_status()
    return Change(f"workflow {COUNTERPART}", VIEWERS, "EXECUTE")


def give_in_harness(running: Running) -> Change:
    """Give a group a role of Harness' own on the pipeline's resource group."""
    from rolecall.systems.harness.identifiers import identifier

    variables = running.variables
    body = {
        "resourceGroupIdentifier": identifier(COUNTERPART),
        "roleIdentifier": "_pipeline_executor",
        "principal": {"scopeLevel": "project", "identifier": identifier(VIEWERS), "type": "USER_GROUP"},
    }
    scope = {
        "accountIdentifier": variables["HARNESS_ACCOUNT_ID"],
        "orgIdentifier": variables["HARNESS_ORG_ID"],
        "projectIdentifier": variables["HARNESS_PROJECT_ID"],
    }
    headers = {"x-api-key": variables["HARNESS_PLATFORM_API_KEY"]}
    address = f"{variables['HARNESS_ENDPOINT']}/authz/api/roleassignments"
    emulators.client(running).post(address, json=body, params=scope, headers=headers).raise_for_status()
    return Change(f"pipeline {COUNTERPART}", VIEWERS, "the role Pipeline Executor")


def give_in_prefect(running: Running) -> Change:
    """Put a team higher on the deployment's access list."""
    ask = _prefect(running, running.variables["PREFECT_API_KEY"])
    path = f"/deployments/{_deployment(ask)['id']}/access"
    held = ask("GET", path)
    lists: dict[str, list[str]] = {}
    for level in ("view", "run", "manage"):
        for actor in held[f"{level}_actors"]:
            given = "run" if actor["name"] == VIEWERS else level
            sort = "team" if actor["type"] == "team" else "actor"
            lists.setdefault(f"{given}_{sort}_ids", []).append(actor["id"])
    ask("PUT", path, {"access_control": lists})
    return Change(f"deployment {COUNTERPART}", VIEWERS, "RUN")


BY_HAND: Mapping[str, Callable[[Running], Change]] = {
    "conductor": give_in_conductor,
    "harness": give_in_harness,
    "prefect": give_in_prefect,
}


def run_through_prefect(running: Running) -> FlowRun:
    """Start the release as a person who may, and let a worker take it up: with the real worker, on a real server."""
    ask = _prefect(running, running.variables["PREFECT_API_KEY"])
    starter = emulators.control(running, "GET", "prefect", f"__key/{STARTER}").json()["key"]
    deployment = _deployment(ask)
    made = _prefect(running, starter)("POST", f"/deployments/{deployment['id']}/create_flow_run", {})
    with tempfile.TemporaryDirectory() as folder:
        said = _work(running, ask, made["id"], Path(folder))
    found = ask("GET", f"/flow_runs/{made['id']}")
    run = next(iter(_runs(running, ask)), None)
    result = run.state.result_state.value if run and run.state and run.state.result_state else "no run"
    is_principal = run is not None and run.creator_user_name == _application_id(running)
    page = (run.run_page_url if run else "") or ""
    return FlowRun(found["name"], found["state"]["type"], page, result, PRINCIPAL if is_principal else "another", said)


def _runs(running: Running, ask: Callable[..., Any]) -> list[BaseRun]:
    """Return the job's runs in Databricks, the latest first."""
    from rolecall.systems.prefect.counterpart import variable_name

    value = ask("GET", f"/variables/name/{variable_name(COUNTERPART)}")["value"]
    variables = running.variables
    client = WorkspaceClient(
        host=value["workspace"],
        client_id=variables["DATABRICKS_CLIENT_ID"],
        client_secret=variables["DATABRICKS_CLIENT_SECRET"],
        auth_type="oauth-m2m",
    )
    return list(client.jobs.list_runs(job_id=int(value["job_id"])))


def _work(running: Running, ask: Callable[..., Any], flow_run: str, folder: Path) -> str:
    """Run a worker until a flow run has ended, with its cluster's token; return its output."""
    token, log = folder / "token", folder / "worker.log"
    token.touch(mode=0o600)
    token.write_text(_token(running), encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name not in (*LASTING, "DATABRICKS_ACCOUNT_ID")}
    environment |= {
        "PREFECT_API_URL": running.variables["PREFECT_API_URL"],
        "PREFECT_API_KEY": _worker_key(running, ask),
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        CLIENT: _application_id(running),
        TOKEN_FILE: str(token),
    }
    workspace = running.addresses[f"databricks/{WORKSPACE}"]
    arguments = ["worker", "prefect", "--principal", PRINCIPAL, "--workspace", workspace]
    group = watchdog()
    try:
        with log.open("w") as output:
            worker = subprocess.Popen(
                [sys.executable, "-P", "-c", "from rolecall.cli.start import main; main()", *arguments],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                process_group=group.pid,
            )
        try:
            _wait(running, ask, flow_run, worker)
        finally:
            worker.terminate()
            worker.wait()
    finally:
        end_group(group)
    return log.read_text(encoding="utf-8")


def _wait(running: Running, ask: Callable[..., Any], flow_run: str, worker: subprocess.Popen[bytes]) -> None:
    """Wait until a flow run has ended, or its worker has."""
    deadline, forwarded = time.monotonic() + PATIENCE, False
    while worker.poll() is None and time.monotonic() < deadline:
        state = ask("GET", f"/flow_runs/{flow_run}")["state"]["type"]
        if state in ENDED:
            return
        if state == "RUNNING" and not forwarded and _runs(running, ask):
            # A run of the emulator goes by its clock; no waiting is needed.
            emulators.control(running, "POST", "databricks", "__clock", {"forward_seconds": RUN_SECONDS})
            forwarded = True
        time.sleep(LOOK_EVERY)  # polls another process, which sends no notification


def _token(running: Running) -> str:
    """Return the token of the worker's pod."""
    key = emulators.control(running, "GET", "cluster", "__key/kubelet").json()["key"]
    address = f"{running.addresses['cluster']}/api/v1/namespaces/ml/serviceaccounts/{SERVICE_ACCOUNT}/token"
    body = {"spec": {"audiences": ["databricks"]}}
    headers = {"Authorization": f"Bearer {key}"}
    answer = emulators.client(running).post(address, json=body, headers=headers).raise_for_status()
    return str(answer.json()["status"]["token"])


def _worker_key(running: Running, ask: Callable[..., Any]) -> str:
    """Make an API key for the worker's service account, as an administrator does once for each worker."""
    base = running.variables["PREFECT_API_URL"].partition("/workspaces/")[0]
    bots = ask("POST", f"{base}/bots/filter", {})
    bot = next(one for one in bots if one["name"].endswith(PRINCIPAL))
    return str(ask("POST", f"{base}/bots/{bot['id']}/rotate_api_key", {})["api_key"]["key"])


def _application_id(running: Running) -> str:
    variables = running.variables
    account = AccountClient(
        host=variables["DATABRICKS_ACCOUNT_HOST"],
        account_id=variables["DATABRICKS_ACCOUNT_ID"],
        client_id=variables["DATABRICKS_CLIENT_ID"],
        client_secret=variables["DATABRICKS_CLIENT_SECRET"],
    )
    found = account.service_principals.list(filter=f'displayName eq "{PRINCIPAL}"')
    return str(next(iter(found)).application_id)


def _prefect(running: Running, key: str) -> Callable[..., Any]:
    """Return a function that sends requests to Prefect as the holder of a key."""
    base = running.variables["PREFECT_API_URL"]

    def ask(method: str, path: str, body: object = None) -> Any:
        address = path if path.startswith("http") else f"{base}{path}"
        headers = {"Authorization": f"Bearer {key}"}
        answer = emulators.client(running).request(method, address, json=body, headers=headers).raise_for_status()
        return answer.json() if answer.content else None

    return ask


def _deployment(ask: Callable[..., Any]) -> dict[str, Any]:
    from rolecall.systems.prefect.counterpart import FLOW

    found: dict[str, Any] = ask("GET", f"/deployments/name/{FLOW}/{COUNTERPART}")
    return found
