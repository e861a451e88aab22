"""The system Conductor, which runs counterparts of jobs."""

from __future__ import annotations

from rolecall.plugins import Lazy
from rolecall.systems.spec import orchestrator_spec
from rolecall.systems.starter import PipelineSignIn, Starter

DOES_NOT_READ = (
    "secrets, environment variables and integrations that hold credentials of Databricks",
    "access keys of applications",
)
SPEC = orchestrator_spec(
    "conductor",
    "rolecall.systems.conductor",
    "Conductor",
    address="CONDUCTOR_SERVER_URL",
    does_not_read=DOES_NOT_READ,
    pace=Lazy("rolecall.systems.conductor.client", "PACE"),
    starter=lambda: Starter(
        users_have_groups=False,
        sign_in=PipelineSignIn(
            variables=("CONDUCTOR_SERVER_URL", "CONDUCTOR_AUTH_KEY"), secrets=("CONDUCTOR_AUTH_SECRET",)
        ),
    ),
    access_lists=("Permissions",),
    definitions=(("WorkflowDefinition", "tasks"),),
    # https://orkes.io/content/developer-guides/secrets-in-conductor, and the variables of an environment there.
    secret_references=("${workflow.secrets.", "${workflow.env."),
    counterpart_types=(("WorkflowDefinition", ""), ("Permissions", "-access")),
)
