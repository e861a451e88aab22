from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.controls import Theme
from rolecall.policies.settings import key_rule

RULE = key_rule(
    "address-lists-are-on",
    "The list of addresses from which a workspace is reached is not switched off.",
    ("enableIpAccessLists", "true", "false"),
    "the workspace is reached from anywhere",
    Severity.HIGH,
    "https://docs.databricks.com/en/security/network/front-end/ip-access-list.html",
    Theme.NETWORK,
)
