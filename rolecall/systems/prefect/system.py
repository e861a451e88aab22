"""The system Prefect, which runs counterparts of jobs."""

from __future__ import annotations

from rolecall.plugins import Lazy
from rolecall.systems.spec import orchestrator_spec
from rolecall.systems.starter import PipelineSignIn, Starter

DOES_NOT_READ = (
    "webhooks",
    "blocks that hold credentials of Databricks",
    "API keys of service accounts and people",
)
SPEC = orchestrator_spec(
    "prefect",
    "rolecall.systems.prefect",
    "Prefect",
    address="PREFECT_API_URL",
    does_not_read=DOES_NOT_READ,
    pace=Lazy("rolecall.systems.prefect.client", "PACE"),
    starter=lambda: Starter(
        extra="prefect", sign_in=PipelineSignIn(variables=("PREFECT_API_URL",), secrets=("PREFECT_API_KEY",))
    ),
    access_lists=("Permissions",),
    definitions=(("Deployment", "parameters"), ("Variable", "value"), ("WorkPool", "baseJobTemplate")),
    # Blocks in a pool's template: https://docs.prefect.io/v3/how-to-guides/deployment_infra/manage-work-pools
    secret_references=("{{ prefect.blocks.",),
    counterpart_types=(
        ("Deployment", ""),
        ("Variable", "-job"),
        ("Automation", "-silent"),
        ("Automation", "-crashed"),
        ("Permissions", "-access"),
    ),
)
