from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import PREFECT_SERVICE_ACCOUNT, PREFECT_TEAM


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    role = resource.properties.read("workspaceRole")
    if role not in (None, "Viewer", "Runner", "Worker"):
        how = "Leave it Viewer: the access lists of deployments and work pools grant the rest."
        yield Finding(f"its role {role} lets it change everything in the workspace, whatever access lists say", how)


RULE = Rule(
    "orchestrator-roles-only-let-in",
    "A role in a Prefect workspace only admits; access lists grant everything else.",
    (PREFECT_TEAM, PREFECT_SERVICE_ACCOUNT),
    _check,
    Severity.HIGH,
    "https://docs.prefect.io/v3/how-to-guides/cloud/manage-users/manage-roles",
    themes=(Theme.LEAST_PRIVILEGE,),
    example=Example(
        PREFECT_TEAM,
        {"name": "engineers", "managedBy": "rolecall:acme", "workspaceRole": "Viewer"},
        (put("workspaceRole", value="Developer"),),
        (("workspaceRole",),),
    ),
)
