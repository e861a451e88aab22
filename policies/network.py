"""Rules on the ways into and out of workspaces."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

from pulumi_policy import Severity

from policies.context import Context
from policies.rule import Finding, Resource, Rule
from policies.types import ACCOUNT_NETWORK_POLICY, IP_ACCESS_LIST, MWS_PRIVATE_ACCESS_SETTINGS

LISTS = "https://docs.databricks.com/en/security/network/front-end/ip-access-list.html"
# Networks larger than these are no list of known addresses: bits of their prefix, by version.
SHORTEST_PREFIX = {4: 8, 6: 32}


def _names_known_addresses(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.read("listType") == "BLOCK":
        return
    how = "Name the organization's own networks, from its VPN or its offices."
    for index, address in enumerate(resource.properties.read("ipAddresses") or []):
        try:
            network = ip_network(str(address), strict=False)
        except ValueError:
            yield Finding(f"ipAddresses[{index}] is no address and no network: {address!r}", how)
            continue
        if network.prefixlen < SHORTEST_PREFIX[network.version]:
            yield Finding(f"ipAddresses[{index}] allows {address}, which is nearly everywhere", how)


def _list_is_on(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.read("enabled") is False:
        yield Finding("it is switched off", "Write enabled: true, or take the list out.")


def _private_is_private(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.read("publicAccessEnabled"):
        how = "Write publicAccessEnabled: false; people come in through the front-end endpoint."
        yield Finding("workspaces with private access are reached from the internet too", how)
    if resource.properties.read("privateAccessLevel") == "ANY":
        how = "Write ACCOUNT, or ENDPOINT with the endpoints that may be used."
        yield Finding("any endpoint of anybody may be used to reach them", how)


def _egress_is_restricted(resource: Resource, context: Context) -> Iterator[Finding]:
    mode = resource.properties.read("egress.networkAccess.restrictionMode")
    if mode != "RESTRICTED_ACCESS":
        how = "Write RESTRICTED_ACCESS, and name the destinations that are needed."
        yield Finding("serverless compute can send data anywhere", how)


RULES = (
    Rule(
        "address-list-names-known-addresses",
        "A list of addresses that may come in does not name nearly all of them.",
        (IP_ACCESS_LIST,),
        _names_known_addresses,
        Severity.CRITICAL,
        LISTS,
    ),
    Rule(
        "address-list-is-on",
        "A list of addresses that is declared counts.",
        (IP_ACCESS_LIST,),
        _list_is_on,
        Severity.HIGH,
        LISTS,
    ),
    Rule(
        "private-access-is-private",
        "Workspaces with private access are not reached in other ways.",
        (MWS_PRIVATE_ACCESS_SETTINGS,),
        _private_is_private,
        Severity.HIGH,
        "https://docs.databricks.com/en/security/network/classic/privatelink.html",
    ),
    Rule(
        "egress-is-restricted",
        "Serverless compute sends data to named destinations only.",
        (ACCOUNT_NETWORK_POLICY,),
        _egress_is_restricted,
        Severity.HIGH,
        "https://docs.databricks.com/en/security/network/serverless-network-security/network-policies.html",
    ),
)
