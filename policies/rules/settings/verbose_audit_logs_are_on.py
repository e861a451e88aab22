from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.controls import Theme
from rolecall.policies.settings import key_rule

RULE = key_rule(
    "verbose-audit-logs-are-on",
    "What is run in notebooks and queries is in the audit logs.",
    ("enableVerboseAuditLogs", "true", "false"),
    "commands and queries are missing in the audit logs",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/admin/account-settings/verbose-logs.html",
    Theme.LOGGING,
)
