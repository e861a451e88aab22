from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.controls import Theme
from rolecall.policies.rule import Rule
from rolecall.policies.settings import key_is
from rolecall.policies.types import WORKSPACE_CONF

RULE = Rule(
    "verbose-audit-logs-are-on",
    "What is run in notebooks and queries is in the audit logs.",
    (WORKSPACE_CONF,),
    key_is("enableVerboseAuditLogs", "true", "commands and queries are missing in the audit logs"),
    Severity.MEDIUM,
    "https://docs.databricks.com/en/admin/account-settings/verbose-logs.html",
    (Theme.LOGGING,),
    compliant.key_example("enableVerboseAuditLogs", "false"),
)
