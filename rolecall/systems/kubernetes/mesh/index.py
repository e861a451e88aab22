"""The policy index: which authorizations and routes a proxy gets for a port of a workload.

The rules are those of Linkerd's policy controller: linkerd/linkerd2, policy-controller/k8s/index/src/inbound/index.rs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from rolecall.systems.kubernetes.mesh import objects
from rolecall.systems.kubernetes.mesh.inbound import (
    ALL_NETWORKS,
    PROBE,
    Authentication,
    Authorization,
    InboundServer,
    Match,
    NetworkMatch,
    Route,
)
from rolecall.systems.kubernetes.mesh.objects import (
    POLICY_GROUP,
    AuthorizationPolicy,
    Illegal,
    Object,
    Reference,
    RouteBinding,
    Server,
)
from rolecall.systems.kubernetes.mesh.settings import DefaultPolicy, MeshSettings
from rolecall.systems.kubernetes.mesh.workload import OPAQUE_PORTS, REQUIRE_IDENTITY, Workload
from rolecall.systems.kubernetes.selectors import example, selects

# Placeholder for the number of a named port that no pod declares.
UNKNOWN_PORT = 65_535
Named = dict[tuple[str, str], Any]


@dataclass
class PolicyIndex:
    """All policy objects of a cluster.

    Attributes:
        settings: how Linkerd is installed.
        assume_accepted: count routes as accepted by their Servers although no status says so.
        ignored: objects that the controller ignores, each with the reason.
    """

    settings: MeshSettings
    assume_accepted: bool = False
    ignored: list[str] = field(default_factory=list)
    _servers: defaultdict[str, list[Server]] = field(default_factory=lambda: defaultdict(list))
    _policies: defaultdict[str, list[AuthorizationPolicy]] = field(default_factory=lambda: defaultdict(list))
    _server_authorizations: defaultdict[str, list[tuple[Object, Authorization]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _routes: defaultdict[str, list[RouteBinding]] = field(default_factory=lambda: defaultdict(list))
    _mesh_tls: Named = field(default_factory=dict)
    _networks: Named = field(default_factory=dict)

    @classmethod
    def of(cls, settings: MeshSettings, found: Iterable[Object], *, assume_accepted: bool = False) -> PolicyIndex:
        """Return the index of objects as the API has them; kinds without meaning for policies are left out."""
        index = cls(settings, assume_accepted)
        add: Mapping[str, Callable[[str, Object], None]] = {
            "Server": index._add_server,
            "AuthorizationPolicy": lambda name, one: index._policies[name].append(objects.authorization_policy(one)),
            "MeshTLSAuthentication": lambda name, one: index._named(
                index._mesh_tls, name, one, objects.mesh_tls(one, settings)
            ),
            "NetworkAuthentication": lambda name, one: index._named(index._networks, name, one, objects.networks(one)),
            "ServerAuthorization": lambda name, one: index._server_authorizations[name].append(
                objects.server_authorization(one, settings)
            ),
            "HTTPRoute": lambda name, one: index._routes[name].append(objects.route_binding(one)),
            "GRPCRoute": lambda name, one: index._routes[name].append(objects.route_binding(one)),
        }
        for one in found:
            if one.get("kind") not in add:
                continue
            namespace, name = one["metadata"]["namespace"], one["metadata"]["name"]
            try:
                add[one["kind"]](namespace, one)
            except Illegal as error:
                index.ignored.append(f"{one['kind']} {namespace}/{name}: {error}")
        return index

    def inbound(self, workload: Workload, port: int) -> InboundServer:
        """Return what a proxy enforces on a port: the oldest Server that selects it, else the default policy."""
        for server in sorted(self._servers[workload.namespace], key=lambda one: (one.created, one.name)):
            if port in _numbers(server, workload) and selects(server.selector, workload.labels):
                return self._of_server(server, workload, port)
        return self._of_default(workload, port)

    def server_ports(self, workload: Workload) -> frozenset[int]:
        """Return the ports of a workload for which there is a Server."""
        servers = (one for one in self._servers[workload.namespace] if selects(one.selector, workload.labels))
        return frozenset(port for one in servers for port in _numbers(one, workload))

    def selected(self, namespace: str) -> Iterator[Workload]:
        """Yield a workload that each Server of a namespace selects, whether a pod is like it or not."""
        for one in self._servers[namespace]:
            ports = {one.port: frozenset({UNKNOWN_PORT})} if isinstance(one.port, str) else {}
            yield Workload(f"a pod that Server {one.name} selects", namespace, example(one.selector), ports=ports)

    def _of_default(self, workload: Workload, port: int) -> InboundServer:
        policy = workload.default_policy or self.settings.default_policy
        shown = policy
        if port in workload.annotated_ports(REQUIRE_IDENTITY):
            policy = shown = policy.authenticated
        protocol = "opaque" if port in workload.annotated_ports(OPAQUE_PORTS) else "unknown"
        routes = tuple(self._default_routes(workload, port))
        return InboundServer("default", shown.value, protocol, tuple(self._by_default(policy)), routes)

    def _of_server(self, server: Server, workload: Workload, port: int) -> InboundServer:
        authorizations = [
            one
            for selector, one in self._server_authorizations[workload.namespace]
            if _selects_server(selector, server)
        ]
        for policy in self._policies[workload.namespace]:
            to_server = policy.target.is_to(POLICY_GROUP, "Server") and policy.target.name == server.name
            if to_server or policy.target.is_to("", "Namespace"):
                authorizations += self._of_policy(workload.namespace, policy)
        if server.access_policy is not None:
            authorizations += self._by_default(server.access_policy)
        is_grpc = server.protocol == "gRPC"
        routes = [
            replace(one.route, authorizations=tuple(self._of_route(workload.namespace, one)))
            for one in sorted(
                self._routes[workload.namespace], key=lambda one: (one.created or "~", one.group, one.route.name)
            )
            if (one.route.kind == "GRPCRoute") == is_grpc and self._is_attached(one, server.name)
        ]
        if not routes:
            routes = [Route("default", "default")] if is_grpc else [*self._default_routes(workload, port)]
        return InboundServer("Server", server.name, server.protocol, tuple(authorizations), tuple(routes))

    def _is_attached(self, binding: RouteBinding, server: str) -> bool:
        return server in binding.parents and (self.assume_accepted or server in binding.accepted)

    def _of_route(self, namespace: str, binding: RouteBinding) -> Iterator[Authorization]:
        for policy in self._policies[namespace]:
            target = policy.target
            if (
                target.is_to(binding.group, binding.route.kind)
                and target.name.casefold() == binding.route.name.casefold()
            ):
                yield from self._of_policy(namespace, policy)

    def _of_policy(self, namespace: str, policy: AuthorizationPolicy) -> Iterator[Authorization]:
        """Yield what a policy admits: clients that show all that it requires; all clients where it requires nothing.

        A policy with a reference to something that is not there is ignored.
        """
        authentication: Authentication | None = None
        networks: tuple[NetworkMatch, ...] | None = None
        try:
            for one in policy.required:
                if one.is_to(POLICY_GROUP, "NetworkAuthentication"):
                    if networks is not None:
                        raise Illegal("it requires two NetworkAuthentications")
                    networks = self._get(self._networks, namespace, one)
                    continue
                if authentication is not None:
                    raise Illegal("it requires two identities")
                if one.is_to(POLICY_GROUP, "MeshTLSAuthentication"):
                    authentication = self._get(self._mesh_tls, namespace, one)
                else:
                    own = self.settings.identity(one.namespace or namespace, one.name)
                    authentication = objects.identities([own])
        except Illegal as error:
            text = f"AuthorizationPolicy {namespace}/{policy.name}: {error}"
            self.ignored += [] if text in self.ignored else [text]
            return
        yield Authorization(
            "AuthorizationPolicy", policy.name, authentication or Authentication(), networks or ALL_NETWORKS
        )

    def _by_default(self, policy: DefaultPolicy) -> Iterator[Authorization]:
        if policy is DefaultPolicy.DENY:
            return
        identity = Authentication("identity", suffixes=frozenset({""}))
        networks = tuple(map(NetworkMatch, self.settings.cluster_networks)) if policy.cluster_only else ALL_NETWORKS
        yield Authorization(
            "default", policy.value, identity if policy.authenticated_only else Authentication(), networks
        )

    def _default_routes(self, workload: Workload, port: int) -> Iterator[Route]:
        yield Route("default", "default")
        paths = sorted(workload.probes.get(port, frozenset()))
        if paths and self.settings.probe_networks:
            networks = tuple(map(NetworkMatch, self.settings.probe_networks))
            admitted = Authorization("default", PROBE, Authentication(), networks)
            yield Route("default", PROBE, (), (tuple(Match(path, "Exact", "GET") for path in paths),), (admitted,))

    def _add_server(self, namespace: str, found: Object) -> None:
        if (server := objects.server(found)) is not None:
            self._servers[namespace].append(server)

    @staticmethod
    def _named(into: Named, namespace: str, found: Object, value: object) -> None:
        into[namespace, found["metadata"]["name"]] = value

    @staticmethod
    def _get(table: Named, namespace: str, reference: Reference) -> Any:
        place = (reference.namespace or namespace, reference.name)
        if place not in table:
            raise Illegal(f"there is no {reference.kind} {place[0]}/{place[1]}")
        return table[place]


def _numbers(server: Server, workload: Workload) -> frozenset[int]:
    """Return the numbers of a Server's port in a workload, which names its ports."""
    return frozenset({server.port}) if isinstance(server.port, int) else workload.ports.get(server.port, frozenset())


def _selects_server(selector: Object, server: Server) -> bool:
    name = selector.get("name")
    return name == server.name if name else selects(selector.get("selector") or {}, server.labels)
