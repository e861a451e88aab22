"""How much of the internet a list of addresses covers: overlapping and adjacent ranges count together."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network

Network = IPv4Network | IPv6Network


def networks(addresses: Iterable[object]) -> tuple[list[Network], list[str]]:
    """Return the fewest ranges that hold the same addresses, and the texts that are no address and no range."""
    four: list[IPv4Network] = []
    six: list[IPv6Network] = []
    wrong: list[str] = []
    for address in addresses:
        try:
            network = ip_network(str(address).strip(), strict=False)
        except ValueError:
            wrong.append(str(address))
            continue
        mapped = _mapped(network) if isinstance(network, IPv6Network) else network
        if isinstance(mapped, IPv4Network):
            four.append(mapped)
        elif isinstance(network, IPv6Network):
            six.append(network)
    return [*collapse_addresses(four), *collapse_addresses(six)], wrong


def is_within(inner: Iterable[Network], outer: Iterable[Network]) -> bool:
    """Return whether each address of some ranges is in others, which are collapsed (see `networks`)."""
    around = list(outer)
    return all(any(_holds(one, network) for one in around) for network in inner)


def _holds(outer: Network, inner: Network) -> bool:
    if isinstance(outer, IPv4Network) and isinstance(inner, IPv4Network):
        return inner.subnet_of(outer)
    return isinstance(outer, IPv6Network) and isinstance(inner, IPv6Network) and inner.subnet_of(outer)


def _mapped(network: IPv6Network) -> IPv4Network | None:
    """Return the IPv4 range that an IPv4-mapped range stands for (RFC 4291, 2.5.5.2); None where it is none."""
    mapped = network.network_address.ipv4_mapped
    if mapped is None or network.prefixlen < 96:
        return None
    return IPv4Network((mapped, network.prefixlen - 96))
