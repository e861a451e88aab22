"""Rules on the ways into and out of workspaces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import ip_network

from pulumi_policy import Severity

from rolecall.contract.address_space import networks
from rolecall.policies.context import Context
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import ACCOUNT_NETWORK_POLICY, IP_ACCESS_LIST, MWS_PRIVATE_ACCESS_SETTINGS

LISTS = "https://docs.databricks.com/en/security/network/front-end/ip-access-list.html"
# Addresses that a list may allow in sum, as bits of the prefix of one range of that size, by version. IPv4: /8, the
# largest range that an organization was ever assigned (https://www.iana.org/assignments/ipv4-address-space). IPv6: /32,
# which a provider gets for all its customers (RIPE-738, "Minimum allocation"); an organization gets a /48 (RFC 6177).
SHORTEST_PREFIX = {4: 8, 6: 32}
# No packet comes from there: RFC 1122, 3.2.1.3, and RFC 4291, 2.5.3.
_LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


def too_wide(addresses: Iterable[object]) -> str:
    """Return what lists of addresses allow, where it is more than known networks; an empty text where it is not.

    Overlapping ranges count once, and many small ranges as much as the large one that they are.
    """
    ranges, unreadable = networks(addresses)
    if unreadable:
        return f"{unreadable[0]!r}, which is no address and no network"
    for version, shortest in SHORTEST_PREFIX.items():
        own = [one for one in ranges if one.version == version and one not in _LOOPBACK]
        total = sum(one.num_addresses for one in own)
        if own and total > 2 ** (own[0].max_prefixlen - shortest):
            widest = max(own, key=lambda one: one.num_addresses)
            return f"{total:,} IPv{version} addresses (more than a /{shortest}), {widest} among them"
    return ""


def _names_known_addresses(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.read("listType") == "BLOCK":
        return
    if found := too_wide(resource.properties.read("ipAddresses") or []):
        yield Finding(
            f"ipAddresses allows {found}", "Name the organization's own networks, from its VPN or its offices."
        )


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
