"""Time limits and retries of callers' proxies: a route of the Kubernetes Service that leads to a service's pods.

https://linkerd.io/2/reference/retries/, https://linkerd.io/2/reference/timeouts/; linkerd/linkerd2,
policy-controller/k8s/index/src/outbound. Retry budgets are part of ServiceProfiles alone, which override all of this;
here the limit of retries and the time limit of the whole request bound them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rolecall.kinds.service import Traffic
from rolecall.systems.kubernetes.mesh.compilation import HTTP_ROUTE, MeshService
from rolecall.systems.kubernetes.mesh.findings import Difference, MeshFinding
from rolecall.systems.kubernetes.mesh.objects import CORE_GROUPS
from rolecall.systems.kubernetes.ownership import Manifest, manifest

Object = Mapping[str, Any]
PART = "traffic"
RETRY, TIMEOUT = "retry.linkerd.io/", "timeout.linkerd.io/"
ROUTES = ("HTTPRoute", "GRPCRoute")


def traffic(service: MeshService) -> Iterator[Manifest]:
    """Yield the route with a service's time limits and retries, if it has any."""
    found = service.traffic
    if found is None:
        return
    name, port = destination(service, found)
    spec = {
        "parentRefs": [{"group": "core", "kind": "Service", "name": name, "port": port}],
        "rules": [
            {
                "matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
                # With their defaults, which the API server would add.
                "backendRefs": [{"group": "", "kind": "Service", "name": name, "port": port, "weight": 1}],
            }
        ],
    }
    named, annotations = service.named(PART), dict(_annotations(found))
    yield manifest(HTTP_ROUTE, "HTTPRoute", named, service.namespace, service.owner, annotations=annotations, spec=spec)


def destination(service: MeshService, found: Traffic) -> tuple[str, int]:
    """Return name and port of the Kubernetes Service of a service's pods."""
    return found.service or service.name, found.port or service.port


def _annotations(found: Traffic) -> Iterator[tuple[str, str]]:
    for name, duration in (
        ("request", found.timeout),
        ("response", found.response_timeout),
        ("idle", found.idle_timeout),
    ):
        if duration is not None:
            yield f"{TIMEOUT}{name}", duration
    if found.retries is not None:
        yield f"{RETRY}http", ",".join(map(str, found.retries.statuses))
        yield f"{RETRY}limit", str(found.retries.limit)
        if found.retries.timeout is not None:
            yield f"{RETRY}timeout", found.retries.timeout


def compare_traffic(
    services: Sequence[MeshService], declared: Iterable[Object], live: Iterable[Object]
) -> Iterator[MeshFinding]:
    """Yield differences in how callers' proxies send requests to services with declared `traffic`.

    Args:
        services: the services of one namespace.
        declared: all objects of the contract.
        live: the cluster's objects.
    """
    limited = [(one, one.traffic) for one in services if one.traffic is not None]
    if not limited:
        return
    wanted = {place_of(one): one for one in declared if one["kind"] == "HTTPRoute"}
    every = [one for one in live if one["kind"] in (*ROUTES, "ServiceProfile")]
    for service, found in limited:
        name, port = destination(service, found)
        place = ("HTTPRoute", service.namespace, service.named(PART))
        own = [one for one in every if place_of(one) == place and one["apiVersion"] == HTTP_ROUTE]
        if not own:
            yield _different(service, "callers' proxies have no time limits and retries for it: its route is not there")
        elif _effective(own[0]) != _effective(wanted[place]):
            yield _different(service, f"HTTPRoute {place[2]} has other time limits, retries or destinations")
        for one in every:
            if one not in own and _decides(one, service.namespace, name, port):
                shown = f"{one['kind']} {one['metadata']['name']} of namespace {one['metadata']['namespace']}"
                yield _different(service, f"{shown} also decides how requests to it are sent")


def _different(service: MeshService, what: str) -> MeshFinding:
    return MeshFinding(service.namespace, service.name, Difference.DIFFERENT, "", what)


def _effective(route: Object) -> Any:
    annotations = route["metadata"].get("annotations") or {}
    kept = {key: value for key, value in annotations.items() if key.startswith((RETRY, TIMEOUT))}
    return kept, route.get("spec")


def place_of(one: Object) -> tuple[str, str, str]:
    """Return kind, namespace and name of an object; one of the whole cluster has no namespace."""
    return one["kind"], one["metadata"].get("namespace") or "", one["metadata"]["name"]


def _decides(one: Object, namespace: str, service: str, port: int) -> bool:
    """Return whether a route or profile is about a Service, for clients of its own or of another namespace."""
    own = one["metadata"].get("namespace")
    if one["kind"] == "ServiceProfile":
        # Its name is the Service's in the cluster's domain: https://linkerd.io/2/reference/service-profiles/.
        return str(one["metadata"]["name"]).startswith(f"{service}.{namespace}.svc.")
    return any(
        (parent.get("group") or "") in CORE_GROUPS
        and parent.get("kind") == "Service"
        and parent.get("name") == service
        and (parent.get("namespace") or own) == namespace
        and parent.get("port") in (None, port)
        for parent in (one.get("spec") or {}).get("parentRefs") or []
    )
