"""A person changes something by hand, through Databricks' own SDK and with her own token."""

from __future__ import annotations

from dataclasses import dataclass

from rolecall.local.emulators import Running

WORKSPACE = "ml-nonprod"
JOB = "[dev] forecasting-nightly-training"
COLLEAGUE = "chloe@acme.example"


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
