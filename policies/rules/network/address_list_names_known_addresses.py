from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.network import too_wide
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import IP_ACCESS_LIST


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.read("listType") == "BLOCK":
        return
    if found := too_wide(resource.properties.read("ipAddresses") or []):
        yield Finding(
            f"ipAddresses allows {found}", "Name the organization's own networks, from its VPN or its offices."
        )


RULE = Rule(
    "address-list-names-known-addresses",
    "A list of addresses that may come in does not name nearly all of them.",
    Severity.CRITICAL,
    "https://docs.databricks.com/en/security/network/front-end/ip-access-list.html",
    (Theme.NETWORK,),
    (IP_ACCESS_LIST,),
    _check,
    Example(
        IP_ACCESS_LIST,
        compliant.ADDRESSES,
        (
            put("ipAddresses.0", "0.0.0.0/0"),
            put("ipAddresses.0", "::/0"),
            put("ipAddresses.0", "203.0.113.0/240"),
        ),
        ("listType", "ipAddresses", "ipAddresses.0"),
    ),
)
