from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.controls import Theme
from rolecall.policies.rule import Rule
from rolecall.policies.settings import key_is
from rolecall.policies.types import WORKSPACE_CONF

RULE = Rule(
    "no-web-terminal",
    "No user has a shell on compute.",
    (WORKSPACE_CONF,),
    key_is("enableWebTerminal", "false", "everybody with compute has a shell on it, which no audit log follows"),
    Severity.LOW,
    "https://docs.databricks.com/en/admin/clusters/web-terminal.html",
    (Theme.TRACEABILITY,),
    compliant.key_example("enableWebTerminal", "true"),
    pack="compliance",
)
