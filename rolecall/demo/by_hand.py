"""What people do by hand, with their own clients and tokens: in Databricks, and in the identity provider."""

from __future__ import annotations

from dataclasses import dataclass

from rolecall.local import emulators
from rolecall.local.record import Running

WORKSPACE = "ml-nonprod"
JOB = "[dev] forecasting-nightly-training"
COLLEAGUE = "chloe@acme.example"
LEAVER = "ben@acme.example"
LEAVERS_GROUP = "forecasting-engineers"


@dataclass(frozen=True)
class Change:
    """What was changed."""

    job: str
    person: str
    level: str


def give_by_hand(running: Running) -> Change:
    """Give a colleague the right to manage a job, past the contract."""
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.jobs import JobAccessControlRequest, JobPermissionLevel

    client = WorkspaceClient(
        host=running.addresses[f"databricks/{WORKSPACE}"],
        token=running.person["token"],
        auth_type="pat",
        # Nothing of the deployer's may be used here.
        client_id="",
        client_secret="",
    )
    job = next(iter(client.jobs.list(name=JOB)))
    assert job.job_id is not None
    level = JobPermissionLevel.CAN_MANAGE
    entry = JobAccessControlRequest(user_name=COLLEAGUE, permission_level=level)
    client.jobs.update_permissions(str(job.job_id), access_control_list=[entry])
    return Change(JOB, COLLEAGUE, level.value)


def set_employed(running: Running, identity_provider: str, group: str, *, employed: bool) -> None:
    """Let the leaver leave, or take them on again and into their group, as a personnel department would.

    Args:
        running: the emulators.
        identity_provider: `okta` or `entra`.
        group: id of their group in the identity provider.
        employed: whether they are.
    """
    if identity_provider == "okta":
        _in_okta(running, group, employed=employed)
    else:
        _in_entra(running, employed=employed)


def switch_provisioning(running: Running, identity_provider: str, *, on: bool) -> None:
    """Stop the identity provider's pushing for a while, so that one can look in between; or let it go on."""
    emulators.control(running, "POST", identity_provider, "__switch/provisioning", {"on": on})
    emulators.settle(running)


def _in_okta(running: Running, group: str, *, employed: bool) -> None:
    client, address = emulators.client(running), f"{running.addresses['okta']}/api/v1"
    headers = {"Authorization": f"SSWS {running.variables['OKTA_CLIENT_TOKEN']}"}
    found = client.get(f"{address}/users/{LEAVER}", headers=headers).raise_for_status().json()
    user = found["id"]
    # Okta refuses to activate an active user (E0000016).
    if employed != (found["status"] != "DEPROVISIONED"):
        step = "activate" if employed else "deactivate"
        client.post(f"{address}/users/{user}/lifecycle/{step}", headers=headers).raise_for_status()
    if employed:
        client.put(f"{address}/groups/{group}/users/{user}", headers=headers).raise_for_status()


def _in_entra(running: Running, *, employed: bool) -> None:
    client, variables = emulators.client(running), running.variables
    form = {
        "grant_type": "client_credentials",
        "client_id": variables["AZURE_CLIENT_ID"],
        "client_secret": variables["AZURE_CLIENT_SECRET"],
        "scope": "https://graph.microsoft.com/.default",
    }
    address = running.addresses["entra"]
    signed = client.post(f"{address}/{variables['AZURE_TENANT_ID']}/oauth2/v2.0/token", data=form).raise_for_status()
    headers = {"Authorization": f"Bearer {signed.json()['access_token']}"}
    body = {"accountEnabled": employed}
    client.patch(f"{address}/v1.0/users/{LEAVER}", json=body, headers=headers).raise_for_status()
