"""The system Harness, which runs counterparts of jobs."""

from __future__ import annotations

from rolecall.plugins import Lazy
from rolecall.systems.spec import orchestrator_spec
from rolecall.systems.starter import PipelineSignIn, Starter

DOES_NOT_READ = (
    "secrets and connectors that hold credentials of Databricks",
    "API keys of service accounts and people",
    "pipelines of other projects, which may select the same delegates of the account",
)
SPEC = orchestrator_spec(
    "harness",
    "rolecall.systems.harness",
    "Harness",
    address="HARNESS_ENDPOINT",
    does_not_read=DOES_NOT_READ,
    pace=Lazy("rolecall.systems.harness.client", "PACE"),
    # Editors of a pipeline choose its delegate: one of production would be an escalation.
    starter=lambda: Starter(
        counterpart="{in: [dev]}",
        sign_in=PipelineSignIn(
            variables=(
                "HARNESS_ENDPOINT",
                "HARNESS_ACCOUNT_ID",
                "HARNESS_ORG_ID",
                "HARNESS_PROJECT_ID",
                "HARNESS_SSO_ID",
            ),
            secrets=("HARNESS_PLATFORM_API_KEY",),
        ),
    ),
    access_lists=("Permissions",),
    definitions=(("Pipeline", "stages"),),
    # https://developer.harness.io/docs/platform/secrets/secrets-management/reference-existing-harness-secrets
    secret_references=("<+secrets.",),
    # Any pipeline of the project may name any delegate's tag:
    # https://developer.harness.io/docs/platform/delegates/manage-delegates/select-delegates-with-selectors
    editors_choose_workers=True,
    counterpart_types=(("Pipeline", ""), ("ResourceGroup", "-group"), ("Permissions", "-access")),
)
