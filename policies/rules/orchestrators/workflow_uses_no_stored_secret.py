from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.orchestrators import DEFINITIONS, FEDERATION
from rolecall.policies.properties import texts
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CONDUCTOR_WORKFLOW

# How definitions refer to what their orchestrator keeps for them:
# https://orkes.io/content/developer-guides/secrets-in-conductor (and the variables of an environment there),
# https://developer.harness.io/docs/platform/secrets/secrets-management/reference-existing-harness-secrets,
# https://docs.prefect.io/v3/how-to-guides/deployment_infra/manage-work-pools (blocks in a pool's template).
STORED = ("${workflow.secrets.", "${workflow.env.", "<+secrets.", "{{ prefect.blocks.")


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    resource.properties.read(DEFINITIONS[resource.type])
    for path, text in texts(resource.values):
        if any(stored in text for stored in STORED):
            yield Finding(f"{path} uses a secret that the orchestrator stores permanently", FEDERATION)


RULE = Rule(
    "workflow-uses-no-stored-secret",
    "A workflow signs in with no secret that its orchestrator keeps.",
    Severity.HIGH,
    "https://docs.databricks.com/en/dev-tools/auth/oauth-federation.html",
    (Theme.CREDENTIALS,),
    tuple(DEFINITIONS),
    _check,
    Example(
        CONDUCTOR_WORKFLOW,
        compliant.WORKFLOW,
        (put("tasks.0.inputParameters.header", "Bearer ${workflow.secrets.databricks}"),),
        ("tasks",),
    ),
)
