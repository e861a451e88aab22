"""Linkerd's policy objects as its policy controller reads them.

An object that the controller refuses is ignored by it, whatever was meant: linkerd/linkerd2,
policy-controller/k8s/index/src/inbound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from rolecall.systems.kubernetes.mesh.inbound import (
    RPC,
    Authentication,
    Authorization,
    Match,
    NetworkMatch,
    Route,
)
from rolecall.systems.kubernetes.mesh.settings import DefaultPolicy, MeshSettings

Object = Mapping[str, Any]

POLICY_GROUP, GATEWAY_GROUP = "policy.linkerd.io", "gateway.networking.k8s.io"
CORE_GROUPS = ("", "core")
# Name of the controller in the status of routes: policy-controller/core/src/lib.rs.
CONTROLLER = "linkerd.io/policy-controller"
UNSUPPORTED_FILTERS = ("requestMirror", "urlRewrite", "extensionRef")
TARGETS = (
    *((POLICY_GROUP, "Server"), ("", "Namespace"), (POLICY_GROUP, "HTTPRoute")),
    *((GATEWAY_GROUP, "HTTPRoute"), (GATEWAY_GROUP, "GRPCRoute")),
)
FILTERS = ("requestHeaderModifier", "responseHeaderModifier", "requestRedirect")


class Illegal(ValueError):
    """An object that the policy controller ignores."""


@dataclass(frozen=True)
class Reference:
    """A reference to an object.

    Attributes:
        group: its API group; empty for the core group.
        kind: its kind.
        name: its name.
        namespace: its namespace; empty for the namespace of the object that refers to it.
    """

    group: str
    kind: str
    name: str
    namespace: str = ""

    def is_to(self, group: str, kind: str) -> bool:
        """Return whether it is to an object of a kind; case does not matter there."""
        own = self.group.casefold()
        fits = own in CORE_GROUPS if group == "" else own == group
        return fits and self.kind.casefold() == kind.casefold()


@dataclass(frozen=True)
class Server:
    """A Server."""

    name: str
    labels: Mapping[str, str]
    selector: Object
    port: int | str
    protocol: str
    access_policy: DefaultPolicy | None
    created: str


@dataclass(frozen=True)
class AuthorizationPolicy:
    """An AuthorizationPolicy."""

    name: str
    target: Reference
    required: tuple[Reference, ...]


@dataclass(frozen=True)
class RouteBinding:
    """A route, the Servers that it is attached to, and those that accept it."""

    route: Route
    group: str
    created: str
    parents: frozenset[str]
    accepted: frozenset[str]


def server(found: Object) -> Server | None:
    """Return a Server of pods; None where it is one of external workloads."""
    spec = _spec(found)
    if "podSelector" not in spec:
        return None
    port = spec.get("port")
    if not isinstance(port, int | str) or isinstance(port, bool):
        raise Illegal("it has no port")
    policy = spec.get("accessPolicy")
    known = DefaultPolicy(policy) if isinstance(policy, str) and policy in [*DefaultPolicy] else None
    metadata = found["metadata"]
    protocol = str(spec.get("proxyProtocol") or "unknown")
    labels, created = metadata.get("labels") or {}, str(metadata.get("creationTimestamp") or "")
    return Server(metadata["name"], labels, spec["podSelector"] or {}, port, protocol, known, created)


def authorization_policy(found: Object) -> AuthorizationPolicy:
    """Return an AuthorizationPolicy."""
    spec = _spec(found)
    target = _reference(spec.get("targetRef"))
    if not any(target.is_to(*one) for one in TARGETS):
        raise Illegal(f"its target is a {target.kind}")
    required = tuple(_reference(one) for one in spec.get("requiredAuthenticationRefs") or [])
    kinds = ((POLICY_GROUP, "MeshTLSAuthentication"), (POLICY_GROUP, "NetworkAuthentication"), ("", "ServiceAccount"))
    for one in required:
        if not any(one.is_to(*kind) for kind in kinds):
            raise Illegal(f"it requires a {one.kind}")
    return AuthorizationPolicy(found["metadata"]["name"], target, required)


def mesh_tls(found: Object, settings: MeshSettings) -> Authentication:
    """Return the identities of a MeshTLSAuthentication."""
    spec = _spec(found)
    own = found["metadata"]["namespace"]
    texts = [str(one) for one in spec.get("identities") or []]
    for one in map(_reference, spec.get("identityRefs") or []):
        if one.is_to("", "ServiceAccount"):
            texts.append(settings.identity(one.namespace or own, one.name))
        elif one.is_to("", "Namespace"):
            texts.append(settings.namespace_identities(one.name))
        else:
            raise Illegal(f"it refers to a {one.kind}")
    if not texts:
        raise Illegal("it names no identity")
    return identities(texts)


def identities(texts: Iterable[str]) -> Authentication:
    """Return an authentication by identities: `*` fits all, `*.` with an end fits all that have it."""
    exact, suffixes = set(), set()
    for text in texts:
        if text == "*":
            suffixes.add("")
        elif text.startswith("*."):
            suffixes.add(text[1:])
        else:
            exact.add(text)
    return Authentication("identity", frozenset(exact), frozenset(suffixes))


def networks(found: Object) -> tuple[NetworkMatch, ...]:
    """Return the networks of a NetworkAuthentication."""
    matches = network_matches(_spec(found).get("networks"))
    if not matches:
        raise Illegal("it names no network")
    return matches


def network_matches(written: Any) -> tuple[NetworkMatch, ...]:
    """Return networks with their exceptions."""
    try:
        return tuple(
            NetworkMatch(
                ip_network(one["cidr"], strict=False),
                tuple(ip_network(text, strict=False) for text in one.get("except") or []),
            )
            for one in written or []
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Illegal(f"a network cannot be read: {error}") from error


def server_authorization(found: Object, settings: MeshSettings) -> tuple[Object, Authorization]:
    """Return what a ServerAuthorization selects its Servers by, and whom it admits."""
    spec = _spec(found)
    client, own = spec.get("client") or {}, found["metadata"]["namespace"]
    tls = client.get("meshTLS")
    if client.get("unauthenticated"):
        authentication = Authentication()
    elif tls is None:
        raise Illegal("it has no authentication")
    elif tls.get("unauthenticatedTLS"):
        authentication = Authentication("tls")
    else:
        texts = [str(one) for one in tls.get("identities") or []]
        texts += [
            settings.identity(one.get("namespace") or own, one["name"]) for one in tls.get("serviceAccounts") or []
        ]
        if not texts:
            raise Illegal("it names no identity")
        authentication = identities(texts)
    matches = network_matches(client.get("networks")) or tuple(map(NetworkMatch, settings.cluster_networks))
    admitted = Authorization("ServerAuthorization", found["metadata"]["name"], authentication, matches)
    return spec.get("server") or {}, admitted


def route_binding(found: Object) -> RouteBinding:
    """Return a route: an HTTPRoute of Linkerd's or of the Gateway API's, or a GRPCRoute."""
    spec, metadata = _spec(found), found["metadata"]
    match_of = _rpc if found["kind"] == "GRPCRoute" else _match
    rules = tuple(_rule(one, match_of) for one in spec.get("rules") or [])
    hosts = tuple(map(str, spec.get("hostnames") or []))
    parents = frozenset(_parents(spec.get("parentRefs") or [], metadata["namespace"]))
    route = Route(found["kind"], metadata["name"], hosts, rules)
    group = str(found["apiVersion"]).partition("/")[0]
    created = str(metadata.get("creationTimestamp") or "")
    return RouteBinding(route, group, created, parents, frozenset(_accepted(found.get("status") or {})))


def _parents(written: Sequence[Object], namespace: str) -> Iterator[str]:
    for one in written:
        reference = _reference({"group": GATEWAY_GROUP, "kind": "Gateway", **one})
        if not reference.is_to(POLICY_GROUP, "Server"):
            continue
        if reference.namespace not in ("", namespace):
            raise Illegal("it refers to a Server of another namespace")
        if one.get("port") is not None or one.get("sectionName") is not None:
            raise Illegal("it refers to a Server by port or section")
        yield reference.name


def _accepted(status: Object) -> Iterator[str]:
    for parent in status.get("parents") or []:
        reference = parent.get("parentRef") or {}
        conditions = parent.get("conditions") or []
        accepted = any(one.get("type") == "Accepted" and one.get("status") == "True" for one in conditions)
        if accepted and parent.get("controllerName") == CONTROLLER and reference.get("kind") == "Server":
            yield str(reference.get("name"))


def _rule(written: Object, match_of: Callable[[Object], Match]) -> tuple[Match, ...]:
    for one in written.get("filters") or []:
        if any(one.get(name) for name in UNSUPPORTED_FILTERS) or not any(one.get(name) for name in FILTERS):
            raise Illegal(f"it has the filter {one.get('type')!r}")
    return tuple(match_of(one) for one in written.get("matches") or [])


def _rpc(written: Object) -> Match:
    """Return a match of a GRPCRoute: policy-controller/k8s/index/src/routes/grpc.rs."""
    method = written.get("method") or {}
    if method.get("type") == "RegularExpression":
        raise Illegal("it compares methods by an expression")
    path = f"/{method.get('service') or ''}/{method.get('method') or ''}"
    return Match(path, RPC, "POST", len(written.get("headers") or []))


def _match(written: Object) -> Match:
    path, others = written.get("path") or {}, 0
    for name in ("headers", "queryParams"):
        others += len(written.get(name) or [])
    kind, value = str(path.get("type") or "PathPrefix"), str(path.get("value") or "/")
    if kind != "RegularExpression" and not value.startswith("/"):
        raise Illegal(f"the path {value!r} does not begin with '/'")
    return Match(value, kind, str(written.get("method") or ""), others)


def _reference(written: Any) -> Reference:
    if not isinstance(written, Mapping) or not written.get("kind") or not written.get("name"):
        raise Illegal("a reference has no kind or name")
    group, namespace = written.get("group") or "", written.get("namespace") or ""
    return Reference(str(group), str(written["kind"]), str(written["name"]), str(namespace))


def _spec(found: Object) -> Object:
    spec = found.get("spec")
    if not isinstance(spec, Mapping):
        raise Illegal("it has no `spec`")
    return spec
