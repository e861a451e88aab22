from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.access.systems import secret_references
from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.orchestrators import DEFINITIONS, FEDERATION
from rolecall.policies.properties import texts
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CONDUCTOR_WORKFLOW


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    resource.properties.read(DEFINITIONS[resource.type])
    for path, text in texts(resource.values):
        if any(stored in text for stored in secret_references()):
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
