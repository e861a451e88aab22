from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.controls import Theme
from rolecall.policies.settings import key_rule

RULE = key_rule(
    "no-web-terminal",
    "No user has a shell on compute.",
    ("enableWebTerminal", "false", "true"),
    "everybody with compute has a shell on it, which no audit log follows",
    Severity.LOW,
    "https://docs.databricks.com/en/admin/clusters/web-terminal.html",
    Theme.TRACEABILITY,
    pack="compliance",
)
