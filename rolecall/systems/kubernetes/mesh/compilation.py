"""The policies of a service: which service accounts may call it, and from where it is probed.

A policy requires one authentication each, as several mean all of them: https://linkerd.io/2/reference/authorization-policy/.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rolecall.kinds.service import ROUTED, Route, Traffic
from rolecall.systems.kubernetes.mesh.objects import POLICY_GROUP
from rolecall.systems.kubernetes.ownership import Manifest, manifest

AUTHENTICATION = f"{POLICY_GROUP}/v1alpha1"
SERVER = HTTP_ROUTE = f"{POLICY_GROUP}/v1beta3"
NETWORK_POLICY = "networking.k8s.io/v1"
# The port on which a proxy accepts what other proxies tunnel to it: https://linkerd.io/2/reference/proxy-ports/.
PROXY_PORT = 4143
# The part of a service's objects that admits its callers.
CALLERS = "callers"
NAMESPACE_LABEL = "kubernetes.io/metadata.name"


@dataclass(frozen=True, order=True)
class Caller:
    """A service account that may call a service."""

    namespace: str
    name: str


@dataclass(frozen=True)
class MeshService:
    """A service in one environment.

    Attributes:
        name: its name; no other service of its namespace has it.
        namespace: its namespace.
        owner: its mark of ownership.
        port: the port of its pods.
        labels: labels of its pods.
        callers: service accounts that may call it.
        protocol: its protocol, as a Server names it.
        routes: requests that callers may send; all without any.
        probes: paths that are probed.
        probe_networks: networks from which they are probed.
        audits: whether other clients are only recorded.
        traffic: how callers' proxies send requests.
        account: the service account of its pods; empty if unknown.
    """

    name: str
    namespace: str
    owner: str
    port: int
    labels: dict[str, str]
    callers: Sequence[Caller] = ()
    protocol: str = "HTTP/1"
    routes: dict[str, Route] = field(default_factory=dict)
    probes: Sequence[str] = ()
    probe_networks: Sequence[str] = ()
    audits: bool = False
    traffic: Traffic | None = None
    account: str = ""

    def named(self, part: str) -> str:
        """Return the name of an object of the service; no service is called so, as names of services have no dot."""
        return f"{self.name}.{part}"


def grants(service: MeshService) -> Iterator[Manifest]:
    """Yield what admits clients, each after what it refers to; all of it belongs before the Server, which denies.

    Where a service gets routes, or loses them, each step in this order leaves its callers admitted: their policy moves
    to a route that is there already.
    """
    if service.callers:
        references = [
            {"kind": "ServiceAccount", "name": one.name, "namespace": one.namespace} for one in sorted(service.callers)
        ]
        yield _manifest(service, AUTHENTICATION, "MeshTLSAuthentication", CALLERS, {"identityRefs": references})
    if service.probes:
        networks = [{"cidr": one} for one in service.probe_networks]
        yield _manifest(service, AUTHENTICATION, "NetworkAuthentication", "probes", {"networks": networks})
        # Any route ends the automatic authorization of probes.
        target = ("HTTPRoute", service.named("probes"))
        yield _policy(service, "probes", target, ("NetworkAuthentication", service.named("probes")))
    yield from _routes(service)
    if service.callers:
        target = ("HTTPRoute", service.name) if service.routes else ("Server", service.name)
        yield _policy(service, CALLERS, target, ("MeshTLSAuthentication", service.named(CALLERS)))
    yield from _ingress(service)


def server(service: MeshService) -> Manifest:
    """Return the Server: from its creation, clients without a grant are refused."""
    spec = {
        "accessPolicy": "audit" if service.audits else "deny",
        "podSelector": {"matchLabels": dict(service.labels)},
        "port": service.port,
        "proxyProtocol": service.protocol,
    }
    return manifest(SERVER, "Server", service.name, service.namespace, service.owner, spec=spec)


def _routes(service: MeshService) -> Iterator[Manifest]:
    """Yield routes where requests differ; a request that fits no route of a Server is refused."""
    if service.protocol not in ROUTED or not (service.routes or service.probes):
        return
    written = [service.routes[key] for key in sorted(service.routes)] or [Route(path="/")]
    rules = [{"matches": _matches(one)} for one in written]
    yield _route(service, service.name, rules)
    if service.probes:
        matches = [{"path": {"type": "Exact", "value": path}, "method": "GET"} for path in service.probes]
        yield _route(service, service.named("probes"), [{"matches": matches}])


def _matches(route: Route) -> list[dict[str, object]]:
    path = {"type": "PathPrefix", "value": route.path}
    return [{"path": path, "method": method} for method in route.methods] or [{"path": path}]


def _route(service: MeshService, name: str, rules: Sequence[Mapping[str, object]]) -> Manifest:
    parent = {"group": POLICY_GROUP, "kind": "Server", "name": service.name}
    spec = {"parentRefs": [parent], "rules": rules}
    return manifest(HTTP_ROUTE, "HTTPRoute", name, service.namespace, service.owner, spec=spec)


def _policy(service: MeshService, part: str, target: tuple[str, str], required: tuple[str, str]) -> Manifest:
    spec = {
        "targetRef": {"group": POLICY_GROUP, "kind": target[0], "name": target[1]},
        "requiredAuthenticationRefs": [{"group": POLICY_GROUP, "kind": required[0], "name": required[1]}],
    }
    return _manifest(service, AUTHENTICATION, "AuthorizationPolicy", part, spec)


def _ingress(service: MeshService) -> Iterator[Manifest]:
    """Yield what opens the ports for the callers' namespaces; the kubelet of a pod's own node reaches it in any case.

    https://kubernetes.io/docs/concepts/services-networking/network-policies/
    """
    namespaces = sorted({one.namespace for one in service.callers})
    if not namespaces:
        return
    sources = [{"namespaceSelector": {"matchLabels": {NAMESPACE_LABEL: one}}} for one in namespaces]
    ports = [{"port": port, "protocol": "TCP"} for port in (service.port, PROXY_PORT)]
    spec = {
        "podSelector": {"matchLabels": dict(service.labels)},
        "policyTypes": ["Ingress"],
        "ingress": [{"from": sources, "ports": ports}],
    }
    yield _manifest(service, NETWORK_POLICY, "NetworkPolicy", CALLERS, spec)


def _manifest(service: MeshService, version: str, kind: str, part: str, spec: Mapping[str, object]) -> Manifest:
    return manifest(version, kind, service.named(part), service.namespace, service.owner, spec=spec)
