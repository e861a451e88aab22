from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import IP_ACCESS_LIST


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.read("enabled") is False:
        yield Finding("it is switched off", "Write enabled: true, or take the list out.")


RULE = Rule(
    "address-list-is-on",
    "A list of addresses that is declared counts.",
    (IP_ACCESS_LIST,),
    _check,
    Severity.HIGH,
    "https://docs.databricks.com/en/security/network/front-end/ip-access-list.html",
    themes=(Theme.NETWORK,),
    example=Example(IP_ACCESS_LIST, compliant.ADDRESSES, (put("enabled", value=False),), (("enabled",),)),
)
