"""What a proxy enforces on one port of a workload: authorizations, and routes with their own.

Each type means what it does in Linkerd's policy controller (linkerd/linkerd2, policy-controller/core/src/inbound.rs)
and in its proxy (linkerd/linkerd2-proxy, linkerd/app/inbound/src/policy and linkerd/proxy/server-policy).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from rolecall.systems.kubernetes.mesh.settings import EVERYWHERE, Network

# Names of the default authorizations.
AUDIT, PROBE = "audit", "probe"
# Protocols of a Server whose requests have routes; the others are judged by connection.
ROUTED = ("unknown", "HTTP/1", "HTTP/2", "gRPC")
DETECTED = "unknown"
# Type of a path that is a service and a method of gRPC, each empty where any fits.
RPC = "gRPC"


@dataclass(frozen=True)
class Client:
    """A client of a port.

    Attributes:
        address: its IP address.
        identity: its verified mesh identity; empty without one.
        tls: whether the mesh encrypts its connection.
    """

    address: IPv4Address | IPv6Address
    identity: str = ""
    tls: bool = False


@dataclass(frozen=True)
class Authentication:
    """What a client has to show.

    Attributes:
        required: `none`, `tls`, or `identity`.
        identities: identities of which one is needed.
        suffixes: ends of identities, each beginning with a dot; an empty one fits every identity.
    """

    required: str = "none"
    identities: frozenset[str] = frozenset()
    suffixes: frozenset[str] = frozenset()

    def admits(self, client: Client) -> bool:
        """Return whether a client shows it."""
        if self.required == "none":
            return True
        if self.required == "tls":
            return client.tls or bool(client.identity)
        if not client.identity:
            return False
        # Suffixes are of DNS names: a SPIFFE id matches in full only.
        named = client.identity in self.identities
        return named or (
            not client.identity.startswith("spiffe://")
            and any(client.identity.endswith(suffix) for suffix in self.suffixes)
        )


@dataclass(frozen=True)
class NetworkMatch:
    """A network without some parts of it."""

    network: Network
    excepted: tuple[Network, ...] = ()

    def contains(self, address: IPv4Address | IPv6Address) -> bool:
        """Return whether an address is in it."""
        return address in self.network and not any(address in one for one in self.excepted)


ALL_NETWORKS = tuple(NetworkMatch(one) for one in EVERYWHERE)


@dataclass(frozen=True)
class Authorization:
    """Clients that are admitted.

    Attributes:
        kind: `default`, `AuthorizationPolicy` or `ServerAuthorization`.
        name: the policy's name, or that of the default.
        authentication: what clients have to show.
        networks: networks of which their address has to be in one.
    """

    kind: str
    name: str
    authentication: Authentication
    networks: tuple[NetworkMatch, ...] = ALL_NETWORKS

    def admits(self, client: Client) -> bool:
        """Return whether it admits a client."""
        return any(one.contains(client.address) for one in self.networks) and self.authentication.admits(client)

    @property
    def audits(self) -> bool:
        """Whether it only records what enforcing would refuse."""
        return self.kind == "default" and self.name == AUDIT

    @property
    def probes(self) -> bool:
        """Whether it is the automatic authorization of probes."""
        return self.kind == "default" and self.name == PROBE


@dataclass(frozen=True)
class Match:
    """What a request has to be like; what is empty, or None, fits all.

    Attributes:
        path: the path, exactly or its beginning in whole segments, or an expression.
        path_type: `Exact`, `PathPrefix`, `RegularExpression` or `gRPC`.
        method: the method.
        others: how many headers and query parameters it compares too.
    """

    path: str = "/"
    path_type: str = "PathPrefix"
    method: str = ""
    others: int = 0


@dataclass(frozen=True)
class Route:
    """Requests with authorizations of their own, in addition to those of the port.

    Attributes:
        kind: `HTTPRoute`, `GRPCRoute` or `default`.
        name: its name.
        hosts: names of hosts of which the request has one; empty for all.
        rules: for each rule, what a request has to be like, one of them; empty for all requests.
        authorizations: clients that it admits.
    """

    kind: str
    name: str
    hosts: tuple[str, ...] = ()
    rules: tuple[tuple[Match, ...], ...] = ((Match(),),)
    authorizations: tuple[Authorization, ...] = ()


@dataclass(frozen=True)
class InboundServer:
    """What a proxy enforces on a port.

    Attributes:
        kind: `Server`, or `default` for a port without one.
        name: the Server's name, or the default policy.
        protocol: the protocol.
        authorizations: clients that may use the port, all of its routes included.
        routes: its routes; a request that fits none is refused.
    """

    kind: str
    name: str
    protocol: str
    authorizations: tuple[Authorization, ...]
    routes: tuple[Route, ...]

    @property
    def has_routes(self) -> bool:
        """Whether requests are judged by route; otherwise connections are judged."""
        return self.protocol in ROUTED

    def admitting(self) -> Iterator[tuple[Route | None, Authorization]]:
        """Yield each authorization, with the route that it is for; None for connections."""
        # A connection whose protocol is detected may turn out to be no HTTP.
        if not self.has_routes or self.protocol == DETECTED:
            yield from ((None, one) for one in self.authorizations)
        for route in self.routes if self.has_routes else ():
            yield from ((route, one) for one in _of_route(self, route))

    def of_route(self, route: Route) -> Sequence[Authorization]:
        """Return the authorizations of a route: its own, then those of the port."""
        return _of_route(self, route)


def _of_route(server: InboundServer, route: Route) -> tuple[Authorization, ...]:
    return (*route.authorizations, *server.authorizations)
