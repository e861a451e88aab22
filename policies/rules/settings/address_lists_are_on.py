from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.controls import Theme
from rolecall.policies.rule import Rule
from rolecall.policies.settings import key_is
from rolecall.policies.types import WORKSPACE_CONF

RULE = Rule(
    "address-lists-are-on",
    "The list of addresses from which a workspace is reached is not switched off.",
    (WORKSPACE_CONF,),
    key_is("enableIpAccessLists", "true", "the workspace is reached from anywhere"),
    Severity.HIGH,
    "https://docs.databricks.com/en/security/network/front-end/ip-access-list.html",
    (Theme.NETWORK,),
    compliant.key_example("enableIpAccessLists", "false"),
)
