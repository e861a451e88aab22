from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.checks import not_one_of, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.types import PREFECT_SERVICE_ACCOUNT, PREFECT_TEAM

RULE = Rule(
    "orchestrator-roles-only-let-in",
    "A role in a Prefect workspace only admits; access lists grant everything else.",
    Severity.HIGH,
    "https://docs.prefect.io/v3/how-to-guides/cloud/manage-users/manage-roles",
    (Theme.LEAST_PRIVILEGE,),
    (PREFECT_TEAM, PREFECT_SERVICE_ACCOUNT),
    refuse(
        not_one_of("workspaceRole", None, "Viewer", "Runner", "Worker"),
        "its role {value} allows it to change everything in the workspace, regardless of access lists",
        "Leave it Viewer: the access lists of deployments and work pools grant the rest.",
    ),
    Example(
        PREFECT_TEAM,
        {"name": "engineers", "managedBy": "rolecall:acme", "workspaceRole": "Viewer"},
        (put("workspaceRole", "Developer"),),
        ("workspaceRole",),
    ),
)
