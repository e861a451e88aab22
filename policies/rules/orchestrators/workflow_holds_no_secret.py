from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.contract.secrets import looks_like_secret
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
        if kind := looks_like_secret(text, path.rsplit(".", 1)[-1]):
            yield Finding(f"{path} looks like {kind}", f"{FEDERATION} Then revoke the secret: it has been read.")


RULE = Rule(
    "workflow-holds-no-secret",
    "No secret stands in a workflow of an orchestrator.",
    Severity.CRITICAL,
    "https://orkes.io/content/developer-guides/secrets-in-conductor",
    (Theme.CREDENTIALS,),
    tuple(DEFINITIONS),
    _check,
    Example(
        CONDUCTOR_WORKFLOW,
        compliant.WORKFLOW,
        (put("tasks.0.inputParameters.token", "dapi" + "0123456789abcdef" * 2),),
        ("tasks",),
    ),
)
