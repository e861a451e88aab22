"""The flow that all of Rolecall's deployments in Prefect run: it starts a job once, and follows it to its end.

Which job, as whom and where, a variable of the deployment's name says; a worker goes to no workspace, and acts as no
principal, that it was not started for. A run that is taken up again, after its worker was killed, finds the run in
Databricks that it had begun: the flow run's id is what that is known by.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from prefect import flow
from prefect.artifacts import create_link_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.responses import DeploymentResponse
from prefect.logging import get_run_logger
from prefect.runtime import flow_run
from prefect.variables import Variable

from rolecall import settings
from rolecall.flows.job_run import JobRequest, request_id
from rolecall.flows.one_run import run_to_its_end
from rolecall.flows.sign_in import workspace_client
from rolecall.systems.prefect.counterpart import FLOW, variable_name


class NotOurs(Exception):
    """A deployment requests a job, workspace or principal that this worker does not serve."""


class RunFailed(Exception):
    """The run in Databricks did not succeed."""


@flow(name=FLOW, log_prints=False)
def run_databricks_job(parameters: dict[str, str] | None = None) -> dict[str, Any]:
    """Run the deployment's job and return what came of it: run_id, run_page_url, result_state, message.

    Args:
        parameters: values of the job's parameters.

    Raises:
        NotOurs: the deployment names a job that this worker must not run.
        JobFailed: Databricks refuses the job, or does not answer for long.
        RunFailed: the run did not succeed.
    """
    logger, identity = get_run_logger(), str(flow_run.id)
    counterpart, started_by = _deployed(identity)
    wanted = job_of(Variable.get(variable_name(counterpart.name)), os.environ, counterpart.tags)
    client = workspace_client(wanted["workspace"], os.environ)
    request = JobRequest(int(wanted["job_id"]), request_id("prefect", identity), identity, started_by, parameters or {})
    progress = None
    for progress in run_to_its_end(client, request):
        logger.info("run %s as %s: %s  %s", progress.run_id, wanted["principal"], progress.result_state, progress.page)
    assert progress is not None, "there is a first state, or an error"
    if progress.page:
        key = f"databricks-run-{progress.run_id}"
        create_link_artifact(link=progress.page, link_text=f"run {progress.run_id}", key=key)
    if not progress.has_succeeded:
        raise RunFailed(f"run {progress.run_id} ended as {progress.result_state}: {progress.message} ({progress.page})")
    return progress.outputs()


def job_of(value: object, environment: Mapping[str, str], tags: Collection[str]) -> dict[str, str]:
    """Return which job a deployment's variable names.

    More people may write variables than may manage a deployment, so that both have to say the same.

    Args:
        value: the variable's value.
        environment: environment variables, in which the worker states its scope.
        tags: the deployment's tags, among which are workspace and job as they were deployed.

    Raises:
        NotOurs: it names none, or one that is not this worker's.
    """
    if not isinstance(value, dict) or not str(value.get("job_id") or "").isdigit():
        raise NotOurs("the deployment's variable names no job; deploy again: rolecall up")
    own = settings.WORKER_PRINCIPAL.read(environment)
    if not own or value.get("principal") != own:
        raise NotOurs(f"the job runs as {value.get('principal')!r}; this worker is {own!r}")
    address = str(value.get("workspace") or "").rstrip("/")
    if address not in settings.WORKER_WORKSPACES.read(environment):
        raise NotOurs(f"the job is in {address or 'no workspace'}, where this worker does not go")
    if not {str(value["job_id"]), address} <= {one.rstrip("/") for one in tags}:
        raise NotOurs("the variable names another job than was deployed; deploy again: rolecall up")
    return {"job_id": str(value["job_id"]), "principal": str(value["principal"]), "workspace": address}


def _deployed(identity: str) -> tuple[DeploymentResponse, str]:
    """Return the deployment of a flow run, and who started the run; Prefect's own server does not know that.

    Raises:
        NotOurs: the run has no deployment.
    """
    with get_client(sync_client=True) as client:
        run = client.read_flow_run(UUID(identity))
        if run.deployment_id is None:
            raise NotOurs("the flow run belongs to no deployment")
        counterpart = client.read_deployment(run.deployment_id)
    made = run.created_by
    return counterpart, str(made.display_value or made.id or "") if made else ""
