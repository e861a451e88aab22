from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.checks import one_of, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.types import IP_ACCESS_LIST

RULE = Rule(
    "address-list-is-on",
    "A list of addresses that is declared counts.",
    Severity.HIGH,
    "https://docs.databricks.com/en/security/network/front-end/ip-access-list.html",
    (Theme.NETWORK,),
    (IP_ACCESS_LIST,),
    refuse(one_of("enabled", False), "it is switched off", "Write enabled: true, or remove the list."),
    Example(IP_ACCESS_LIST, compliant.ADDRESSES, (put("enabled", False),), ("enabled",)),
)
