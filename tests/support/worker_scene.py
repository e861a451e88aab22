"""A job in Databricks whose principal a worker may act as, with the token of its own platform."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from databricks.sdk import AccountClient, WorkspaceClient
from databricks.sdk.service.iam import WorkspacePermission
from databricks.sdk.service.jobs import (
    JobAccessControlRequest,
    JobParameterDefinition,
    JobPermissionLevel,
    NotebookTask,
    Task,
)
from databricks.sdk.service.oauth2 import FederationPolicy, OidcFederationPolicy

from rolecall.emulators.cluster.emulator import ClusterEmulator
from rolecall.flows.sign_in import CLIENT, TOKEN_FILE
from tests.support.identity import Company

PRINCIPAL, ADA = "dev-churn-trainer", "ada@example.com"
# What would sign a worker in with something that lasts, or as somebody else.
UNWANTED = ("DATABRICKS_CLIENT_SECRET", "DATABRICKS_ACCOUNT_ID", "DATABRICKS_TOKEN", "DATABRICKS_HOST")


@dataclass(frozen=True)
class FederatedJob:
    """A job, and what signs its worker in."""

    job_id: int
    host: str
    variables: dict[str, str]


def federated_job(systems: Company, folder: Path) -> FederatedJob:
    """Make a job and its principal, which trusts the service account `trainer` of the cluster."""
    credentials = systems.databricks.credentials
    sign_in: dict[str, Any] = {"client_id": credentials.client_id, "client_secret": credentials.client_secret}
    account_id, host = systems.databricks.account.id, systems.databricks.addresses["nonprod"]
    account = AccountClient(host=systems.databricks.addresses[""], account_id=account_id, **sign_in)
    principal = account.service_principals.create(display_name=PRINCIPAL)
    assert principal.id is not None
    assert principal.application_id is not None
    cluster = systems.installation.get(ClusterEmulator)
    assert cluster is not None
    subject = "system:serviceaccount:ml:trainer"
    trusted = OidcFederationPolicy(issuer=cluster.address, subject=subject, audiences=["databricks"])
    account.service_principal_federation_policy.create(int(principal.id), FederationPolicy(oidc_policy=trusted))
    (nonprod,) = (one for one in account.workspaces.list() if one.workspace_name == "nonprod")
    assert nonprod.workspace_id is not None
    account.workspace_assignment.update(nonprod.workspace_id, int(principal.id), permissions=[WorkspacePermission.USER])
    workspace = WorkspaceClient(host=host, auth_type="oauth-m2m", **sign_in)
    names = ("day", "correlation_id", "triggered_by")
    made = workspace.jobs.create(
        name="train",
        parameters=[JobParameterDefinition(name=name, default="") for name in names],
        tasks=[Task(task_key="a", notebook_task=NotebookTask(notebook_path="/a"))],
    )
    assert made.job_id is not None
    entry = JobAccessControlRequest(
        service_principal_name=principal.application_id, permission_level=JobPermissionLevel.CAN_MANAGE_RUN
    )
    workspace.jobs.update_permissions(str(made.job_id), access_control_list=[entry])
    token = folder / "token"
    token.write_text(cluster_token(cluster.address, cluster.token, "trainer"))
    return FederatedJob(made.job_id, host, {CLIENT: principal.application_id, TOKEN_FILE: str(token)})


def cluster_token(address: str, token: str, name: str) -> str:
    """Return a service account's token, as a pod gets it."""
    answer = httpx.post(
        f"{address}/api/v1/namespaces/ml/serviceaccounts/{name}/token",
        json={"spec": {"audiences": ["databricks"]}},
        headers={"Authorization": f"Bearer {token}"},
    )
    return str(answer.raise_for_status().json()["status"]["token"])
