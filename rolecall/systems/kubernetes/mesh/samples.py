"""Clients and requests that distinguish two policies of a port: one of each class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from rolecall.systems.kubernetes.mesh.decision import Request
from rolecall.systems.kubernetes.mesh.inbound import RPC, Authorization, Client, InboundServer, NetworkMatch
from rolecall.systems.kubernetes.mesh.settings import Network

# An identity, a segment of a path and a method that no policy names.
STRANGER, SEGMENT, METHOD = "stranger.nowhere.test", "~other", "PURGE"
ANY = "any client without identity"
# Of no private network, and of none in use: RFC 5737, RFC 3849.
OUTSIDE, OUTSIDE_IPV6 = ip_address("203.0.113.77"), ip_address("2001:db8::77")
Address = IPv4Address | IPv6Address


@dataclass(frozen=True)
class Sample:
    """A client, with the words for it.

    Attributes:
        client: the client.
        who: the client in words.
        where: its address in words; empty for an address that no policy names.
    """

    client: Client
    who: str
    where: str = ""

    @property
    def shown(self) -> str:
        """The client with its address."""
        return f"{self.who}{self.where}"


def clients(servers: Iterable[InboundServer], named: Iterable[str]) -> list[Sample]:
    """Return a client of each class.

    Args:
        servers: the policies to distinguish.
        named: identities to look at in any case.
    """
    authorizations = [one for server in servers for _, one in _all(server)]
    exact = {*named}.union(*(one.authentication.identities for one in authorizations))
    suffixes = {suffix for one in authorizations for suffix in one.authentication.suffixes}
    addresses = {
        OUTSIDE,
        OUTSIDE_IPV6,
        *(address for one in authorizations for match in one.networks for address in _of(match)),
    }
    found: list[Sample] = []
    # An address that no policy names comes first: what is said of it is said of all.
    for address in sorted(addresses, key=lambda one: (one != OUTSIDE, one.version, int(one))):
        where = {OUTSIDE: "", OUTSIDE_IPV6: " over IPv6"}.get(address, f" at {address}")
        plain, encrypted = Client(address), Client(address, tls=True)
        found += [Sample(plain, ANY, where), Sample(encrypted, "any client with TLS", where)]
        found.append(Sample(Client(address, STRANGER, tls=True), "any identity", where))
        found += [Sample(Client(address, one, tls=True), one, where) for one in sorted(exact)]
        found += [
            Sample(Client(address, f"stranger{suffix}", tls=True), f"any identity *{suffix}", where)
            for suffix in sorted(suffixes - {""})
        ]
    return found


def requests(servers: Iterable[InboundServer]) -> list[Request]:
    """Return a request of each class; headers and parameters are not distinguished."""
    matches = [match for server in servers for route in server.routes for rule in route.rules for match in rule]
    hosts = {""} | {
        host.replace("*", SEGMENT, 1) for server in servers for route in server.routes for host in route.hosts
    }
    methods = {METHOD, "GET"} | {match.method for match in matches if match.method}
    paths = {f"/{SEGMENT}"}
    for match in matches:
        if match.path_type == RPC:
            service, method = match.path.split("/")[1:3]
            paths |= {f"/{one}/{other}" for one in {service, SEGMENT} - {""} for other in {method, SEGMENT} - {""}}
            continue
        prefix = match.path.rstrip("/")
        paths |= {match.path, f"{prefix}/{SEGMENT}"}
    return [
        Request(method, path, host) for path in sorted(paths) for method in sorted(methods) for host in sorted(hosts)
    ]


def unclear(server: InboundServer) -> Iterator[str]:
    """Yield what in a policy is not distinguished here, and so is unknown."""
    for route in server.routes:
        for match in (match for rule in route.rules for match in rule):
            if match.others:
                yield f"{route.kind} {route.name} compares headers or parameters"
            if match.path_type == "RegularExpression":
                yield f"{route.kind} {route.name} compares paths by an expression"


def _all(server: InboundServer) -> Iterator[tuple[object, Authorization]]:
    yield from ((None, one) for one in server.authorizations)
    yield from ((route, one) for route in server.routes for one in route.authorizations)


def _of(match: NetworkMatch) -> Iterator[Address]:
    """Yield an address of a network that is in none of its exceptions, and one of each exception."""
    if match.network.prefixlen == 0 and not match.excepted:
        return
    candidates = [_middle(match.network), match.network.network_address, match.network.broadcast_address]
    free = [one for one in candidates if match.contains(one)]
    yield from free[:1]
    yield from (_middle(one) for one in match.excepted)


def _middle(network: Network) -> Address:
    return network.network_address + (network.num_addresses // 2)
