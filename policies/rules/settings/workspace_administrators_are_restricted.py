from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.controls import Theme
from rolecall.policies.example import setting_example
from rolecall.policies.rule import Rule
from rolecall.policies.settings import has_value
from rolecall.policies.types import RESTRICT_WORKSPACE_ADMINS

RULE = Rule(
    "workspace-administrators-are-restricted",
    "Administrators of a workspace can neither make tokens for others nor let jobs run as anybody.",
    Severity.HIGH,
    "https://docs.databricks.com/en/admin/workspace-settings/restrict-workspace-admins.html",
    (Theme.ADMINISTRATORS,),
    (RESTRICT_WORKSPACE_ADMINS,),
    has_value(
        "restrictWorkspaceAdmins.status",
        "RESTRICT_TOKENS_AND_JOB_RUN_AS",
        "administrators may make tokens for service principals and change whom any job runs as",
        "Write RESTRICT_TOKENS_AND_JOB_RUN_AS.",
    ),
    setting_example(
        RESTRICT_WORKSPACE_ADMINS,
        "restrictWorkspaceAdmins",
        "status",
        "RESTRICT_TOKENS_AND_JOB_RUN_AS",
        "ALLOW_ALL",
    ),
)
