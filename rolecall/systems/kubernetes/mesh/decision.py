"""The mesh's answer: whether a client may connect, or send a request.

Routes are chosen as Linkerd's proxy does: linkerd/linkerd2-proxy, linkerd/http/route/src.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rolecall.systems.kubernetes.mesh import inbound
from rolecall.systems.kubernetes.mesh.inbound import Authorization, Client, InboundServer, Match, Route

# Above every length of a path.
LONGEST_PATH = 1 << 20
# Host (exact before suffix, length), length of the path, other conditions, whether the method is compared.
Rank = tuple[tuple[int, int], int, int, bool]


@dataclass(frozen=True)
class Request:
    """A request without headers and query parameters that a route could compare."""

    method: str = "GET"
    path: str = "/"
    host: str = ""


@dataclass(frozen=True)
class Decision:
    """What the proxy does.

    Attributes:
        allowed: whether the client is admitted.
        by: the authorization that admits it; None where it is refused.
        route: the route of the request; None for a connection, and where none fits.
    """

    allowed: bool
    by: Authorization | None = None
    route: Route | None = None

    @property
    def enforced(self) -> bool:
        """Whether the client is admitted by more than the audit policy."""
        return self.by is not None and not self.by.audits


def connection(server: InboundServer, client: Client) -> Decision:
    """Return what happens to a connection that is no HTTP."""
    if server.has_routes and server.protocol != "unknown":
        return Decision(False)
    return _first(server.authorizations, client, None)


def request(server: InboundServer, client: Client, asked: Request) -> Decision:
    """Return what happens to an HTTP request."""
    if not server.has_routes:
        return connection(server, client)
    best: tuple[Rank, Route] | None = None
    for route in server.routes:
        for rank in _ranks(route, asked):
            if best is None or rank > best[0]:
                best = (rank, route)
    if best is None:
        return Decision(False)
    return _first(server.of_route(best[1]), client, best[1])


def _first(authorizations: Sequence[Authorization], client: Client, route: Route | None) -> Decision:
    admitting = [one for one in authorizations if one.admits(client)]
    # What enforces is named before what only audits.
    found = next((one for one in admitting if not one.audits), admitting[0] if admitting else None)
    return Decision(found is not None, found, route)


def _ranks(route: Route, asked: Request) -> Iterator[Rank]:
    """Yield the rank of each rule of a route that fits a request; the first of the highest rank is taken."""
    hosts = [rank for host in route.hosts if (rank := _host(host, asked.host)) is not None]
    if route.hosts and not hosts:
        return
    host = max(hosts, default=(0, 0))
    for rule in route.rules:
        fitting = [one for match in rule if (one := _rank(match, asked)) is not None]
        if fitting or not rule:
            path, others, method = max(fitting, default=(1, 0, False))
            yield host, path, others, method


def _rank(match: Match, asked: Request) -> tuple[int, int, bool] | None:
    # A request here has no header or parameter that a match could compare.
    length = _path(match, asked.path)
    if length is None or match.others or (match.method and match.method != asked.method):
        return None
    return length, match.others, bool(match.method)


def _path(match: Match, path: str) -> int | None:
    """Return how much of a path a match fits: the proxy prefers the longest, whatever its type."""
    match match.path_type:
        case inbound.RPC:
            return _rpc(match.path, path)
        case "Exact":
            return len(path) if path == match.path else None
        case "RegularExpression":
            return len(path) if re.fullmatch(match.path, path) else None
    if match.path == "/":
        return 1
    prefix = match.path.rstrip("/")
    rest = path.rstrip("/").removeprefix(prefix)
    fits = path.rstrip("/").startswith(prefix) and (not rest or rest.startswith("/"))
    return len(prefix) if fits else None


def _rpc(wanted: str, path: str) -> int | None:
    """Return how much of a gRPC path fits: that of the service counts before that of the method (grpc/match.rs)."""
    found = path.split("/")
    if len(found) < 3 or found[0]:
        return None
    lengths = [0, 0]
    for position, part in enumerate(wanted.split("/")[1:3]):
        if part and part != found[position + 1]:
            return None
        lengths[position] = len(part)
    return lengths[0] * LONGEST_PATH + lengths[1]


def _host(pattern: str, host: str) -> tuple[int, int] | None:
    own, wanted = host.rstrip(".").casefold(), pattern.casefold()
    if wanted.startswith("*."):
        return (1, len(wanted) - 1) if own.endswith(wanted[1:]) and own != wanted[1:] else None
    return (2, len(wanted)) if own == wanted.rstrip(".") else None
