"""Shared by rules on the network: which lists of addresses are too wide."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_network

from rolecall.contract.address_space import networks

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
