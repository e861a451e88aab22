"""What enforcing would have refused: clients that only the policy `audit` has admitted, by the proxies' metrics.

The metrics and their labels are the proxy's: linkerd/linkerd2-proxy, linkerd/app/inbound/src/metrics/authz.rs and
linkerd/app/core/src/transport/labels.rs. Their format: https://prometheus.io/docs/instrumenting/exposition_formats/.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rolecall.systems.kubernetes.mesh.compilation import MeshService
from rolecall.systems.kubernetes.mesh.settings import MeshSettings

METRICS = ("inbound_http_authz_allow_total", "inbound_tcp_authz_allow_total")
_SAMPLE = re.compile(r"(?P<name>[a-zA-Z_:][\w:]*)(?:\{(?P<labels>.*)\})?\s+(?P<value>\S+)(?:\s+-?\d+)?")
_LABEL = re.compile(r'\s*(?P<name>[a-zA-Z_]\w*)="(?P<value>(?:[^"\\]|\\.)*)"\s*(?:,|$)')
_ESCAPES = {r"\n": "\n", r"\"": '"', r"\\": "\\"}


class Unreadable(ValueError):
    """A line that is no sample of Prometheus' text format."""


@dataclass(frozen=True, order=True)
class Audited:
    """Requests or connections that the policy `audit` has admitted.

    Attributes:
        namespace: the namespace of the pods; empty where the sample does not name it.
        server: the Server; empty for a port without one.
        route: the route of the requests; empty for connections.
        client: the mesh identity of the client; empty without one.
        count: how many.
    """

    namespace: str
    server: str
    route: str
    client: str
    count: int = 0


@dataclass(frozen=True)
class Refusal:
    """What enforcing would refuse, or what cannot be judged.

    Attributes:
        audited: the requests or connections.
        because: why they would be refused.
        judged: whether the contract says so; otherwise it has no such Server.
    """

    audited: Audited
    because: str
    judged: bool = True


def audited(text: str) -> Iterator[Audited]:
    """Yield what the policy `audit` has admitted, for each sample of the proxies' metrics.

    Raises:
        Unreadable: a line cannot be read; it names the line.
    """
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        found = _SAMPLE.fullmatch(line.strip())
        if found is None:
            raise Unreadable(f"line {number} is no sample of a metric")
        if found["name"] not in METRICS:
            continue
        labels = _labels(found["labels"] or "", number)
        if (labels.get("authz_kind"), labels.get("authz_name")) != ("default", "audit"):
            continue
        try:
            count = int(float(found["value"]))
        except (ValueError, OverflowError) as error:
            raise Unreadable(f"line {number} has the value {found['value']!r}") from error
        # The proxy names the kind of a Server in small letters, and `default` for a port without one.
        server = labels.get("srv_name", "") if labels.get("srv_kind", "").casefold() == "server" else ""
        client, route = labels.get("client_id", ""), labels.get("route_name", "")
        yield Audited(labels.get("namespace", ""), server, route, client, count)


def added(samples: Iterable[Audited]) -> list[Audited]:
    """Return samples with the counts of all pods added; those that counted nothing are left out."""
    counts: defaultdict[Audited, int] = defaultdict(int)
    for one in samples:
        counts[replace(one, count=0)] += one.count
    return [replace(one, count=count) for one, count in sorted(counts.items()) if count > 0]


def refusals(samples: Sequence[Audited], services: Iterable[MeshService], settings: MeshSettings) -> list[Refusal]:
    """Return what enforcing would refuse.

    A client that a policy admits may have been counted for `audit` nevertheless: the proxy uses the first
    authorization that fits, in no order. So the contract decides, not the count.
    """
    by_place = {(one.namespace, one.name): one for one in services}
    found: list[Refusal] = []
    for one in samples:
        service = by_place.get((one.namespace, one.server))
        if service is None:
            found.append(Refusal(one, _unknown(one), judged=False))
        elif (reason := _reason(one, service, settings)) is not None:
            found.append(Refusal(one, reason))
    return found


def _reason(one: Audited, service: MeshService, settings: MeshSettings) -> str | None:
    probes = service.probes and one.route == service.named("probes")
    if not one.client and probes:
        return "it comes from outside of the networks of probes"
    if not one.client:
        return "it has no identity: its pod is not in the mesh"
    callers = {settings.identity(caller.namespace, caller.name) for caller in service.callers}
    if one.client not in callers:
        return "no binding allows it to call the service"
    if service.routes and one.route and one.route != service.name:
        return f"callers may not send requests of the route {one.route!r}"
    return None


def _unknown(one: Audited) -> str:
    if not one.namespace:
        return "the sample has no label `namespace`: read the metrics from Prometheus, not from a proxy"
    return "the contract has no service of this name there"


def _labels(text: str, number: int) -> Mapping[str, str]:
    found: dict[str, str] = {}
    position = 0
    while position < len(text):
        label = _LABEL.match(text, position)
        if label is None:
            raise Unreadable(f"line {number} has labels that cannot be read")
        found[label["name"]] = re.sub(r"\\[n\"\\]", lambda escape: _ESCAPES[escape[0]], label["value"])
        position = label.end()
    return found
