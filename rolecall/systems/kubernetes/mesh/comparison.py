"""Who may call each service by a cluster's objects, compared with the contract.

Both sides are evaluated: objects that say the same in other words are equal, and one by hand that opens a port is
found, whatever its name and kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rolecall.systems.kubernetes.mesh import decision
from rolecall.systems.kubernetes.mesh.compilation import MeshService
from rolecall.systems.kubernetes.mesh.decision import Decision, Request
from rolecall.systems.kubernetes.mesh.findings import Difference, MeshFinding
from rolecall.systems.kubernetes.mesh.inbound import Client, InboundServer
from rolecall.systems.kubernetes.mesh.index import PolicyIndex
from rolecall.systems.kubernetes.mesh.isolation import namespace_isolation, other_ports, shown_by, shown_pod
from rolecall.systems.kubernetes.mesh.samples import ANY, clients, requests, unclear
from rolecall.systems.kubernetes.mesh.settings import MeshSettings
from rolecall.systems.kubernetes.mesh.traffic import compare_traffic, place_of
from rolecall.systems.kubernetes.mesh.workload import SKIP_PORTS, Workload, workload_of
from rolecall.systems.kubernetes.ownership import OWNER, Manifest
from rolecall.systems.kubernetes.selectors import selects

Object = Mapping[str, Any]


def compare(
    services: Sequence[MeshService],
    declared: Sequence[Manifest],
    live: Sequence[Object],
    settings: MeshSettings,
    marks: str,
) -> list[MeshFinding]:
    """Return the differences of an environment's services.

    Args:
        services: the services of the contract.
        declared: all objects of the contract in the cluster.
        live: the cluster's objects: namespaces, pods, network policies, and Linkerd's policies.
        settings: how Linkerd is installed.
        marks: the beginning of the marks of ownership of the environment's objects.
    """
    given = PolicyIndex.of(settings, declared, assume_accepted=True)
    index = PolicyIndex.of(settings, live)
    found = {*_leftovers(declared, live, marks)}
    for namespace in sorted({one["metadata"]["name"] for one in declared if one["kind"] == "Namespace"}):
        own = [service for service in services if service.namespace == namespace]
        there = [one for one in live if one["kind"] == "Namespace" and one["metadata"]["name"] == namespace]
        if not there:
            what = "the namespace is not there, or not among the objects that were read"
            found.add(MeshFinding(namespace, "", Difference.MISSING, "", what))
            continue
        pods = [workload_of(one) for one in live if one["kind"] == "Pod" and one["metadata"]["namespace"] == namespace]
        fresh = there[0]["metadata"].get("annotations") or {}
        found.update(namespace_isolation(namespace, declared, there[0], pods, settings))
        for service in own:
            found.update(_service(service, given, index, pods, fresh, settings))
        found.update(other_ports(namespace, own, pods, index))
        found.update(_network(namespace, declared, live))
        found.update(compare_traffic(own, declared, live))
        found.update(
            MeshFinding(namespace, "", Difference.UNKNOWN, "", f"Linkerd ignores {reason}")
            for reason in index.ignored
            if f" {namespace}/" in reason
        )
    return sorted(found)


def _leftovers(declared: Iterable[Object], live: Iterable[Object], marks: str) -> Iterator[MeshFinding]:
    """Yield Rolecall's objects that the contract does not have any more: applying the others removes none."""
    places = {place_of(one) for one in declared}
    for one in live:
        owner = (one["metadata"].get("annotations") or {}).get(OWNER, "")
        if owner.startswith(marks) and place_of(one) not in places:
            kind, namespace, name = place_of(one)
            where = f" in namespace {namespace}" if namespace else ""
            what = f"{kind} {name}{where} is of a contract that had it: `kubectl delete` removes it"
            yield MeshFinding(namespace or name, "", Difference.EXTRA, "", what)


def _service(
    service: MeshService,
    given: PolicyIndex,
    index: PolicyIndex,
    pods: Sequence[Workload],
    annotations: Mapping[str, str],
    settings: MeshSettings,
) -> Iterator[MeshFinding]:
    """Yield the differences for each pod of a service, and for a pod that would be made now."""
    fresh = Workload("a new pod", service.namespace, service.labels, annotations)
    for pod in (fresh, *(one for one in pods if selects({"matchLabels": service.labels}, one.labels))):
        if not pod.meshed or service.port in pod.annotated_ports(SKIP_PORTS):
            what = f"{shown_pod(pod)} is outside of the mesh: no policy applies to port {service.port}"
            yield MeshFinding(service.namespace, service.name, Difference.EXTRA, "any client", what)
            continue
        if pod.account and service.account and pod.account != service.account:
            what = f"{shown_pod(pod)} has the service account {pod.account}, not {service.account}: it gets requests of"
            yield MeshFinding(service.namespace, service.name, Difference.DIFFERENT, "", f"{what} the service")
        wanted, held = given.inbound(pod, service.port), index.inbound(pod, service.port)
        for reason in {*unclear(held)}:
            yield MeshFinding(service.namespace, service.name, Difference.UNKNOWN, "", reason)
        yield from _decisions(service, pod, wanted, held, settings)


def _decisions(
    service: MeshService, pod: Workload, wanted: InboundServer, held: InboundServer, settings: MeshSettings
) -> Iterator[MeshFinding]:
    names = [settings.identity(one.namespace, one.name) for one in service.callers]
    asked = requests((wanted, held))
    if wanted.kind == held.kind and wanted.protocol != held.protocol:
        what = f"the Server of port {service.port} has the protocol {held.protocol}, not {wanted.protocol}"
        yield MeshFinding(service.namespace, service.name, Difference.DIFFERENT, "", what)
    if wanted == held:
        # Every client is answered alike; telling that by samples takes most of a comparison.
        return
    seen: set[tuple[str, Difference]] = set()
    for sample in clients((wanted, held), names):
        for request in asked:
            before, now = _both(wanted, held, sample.client, request)
            kind = _difference(before, now)
            # What everybody may do, or one client from everywhere, is reported once.
            if kind is None or {(sample.who, kind), (ANY, kind)} & seen:
                continue
            seen.add((sample.who, kind))
            shown = f"{request.method} {request.path}" if held.has_routes or wanted.has_routes else "connections"
            what = {
                Difference.EXTRA: f"{shown_pod(pod)} admits {shown}{shown_by(now)}",
                Difference.MISSING: f"{shown_pod(pod)} {'only audits' if now.allowed else 'refuses'} {shown}",
                Difference.DIFFERENT: f"{shown_pod(pod)} refuses {shown} already, which the contract only records",
            }[kind]
            yield MeshFinding(service.namespace, service.name, kind, sample.shown, what)


def _both(wanted: InboundServer, held: InboundServer, client: Client, asked: Request) -> tuple[Decision, Decision]:
    return decision.request(wanted, client, asked), decision.request(held, client, asked)


def _difference(before: Decision, now: Decision) -> Difference | None:
    if before.allowed and not now.allowed:
        return Difference.MISSING if before.enforced else Difference.DIFFERENT
    if before.enforced and not now.enforced:
        return Difference.MISSING
    if now.enforced and not before.enforced:
        return Difference.EXTRA
    if now.allowed and not before.allowed:
        return Difference.EXTRA
    return None


def _network(namespace: str, declared: Iterable[Object], live: Iterable[Object]) -> Iterator[MeshFinding]:
    """Yield network policies that are missing, differ, or open more: each one adds to what the others admit."""
    wanted = {one["metadata"]["name"]: one["spec"] for one in _policies(namespace, declared)}
    held = {one["metadata"]["name"]: one["spec"] for one in _policies(namespace, live)}
    for name, spec in wanted.items():
        if name not in held:
            what = f"network policy {name} is not there: what bypasses the mesh is not closed"
            yield MeshFinding(namespace, "", Difference.MISSING, "", what)
        elif _plain(held[name]) != _plain(spec):
            yield MeshFinding(namespace, "", Difference.DIFFERENT, "", f"network policy {name} has other rules")
    for name, spec in held.items():
        if name not in wanted and "Ingress" in (spec.get("policyTypes") or ["Ingress"]) and spec.get("ingress"):
            what = f"network policy {name} opens ports beside those of the contract"
            yield MeshFinding(namespace, "", Difference.EXTRA, "", what)


def _policies(namespace: str, objects: Iterable[Object]) -> Iterator[Object]:
    for one in objects:
        if one["kind"] == "NetworkPolicy" and one["metadata"].get("namespace") == namespace:
            yield one


def _plain(spec: Object) -> Any:
    """Return the rules of a network policy with the defaults that the API server adds."""
    rules = [
        {"from": rule.get("from") or [], "ports": [{"protocol": "TCP", **port} for port in rule.get("ports") or []]}
        for rule in spec.get("ingress") or []
    ]
    return spec.get("podSelector") or {}, spec.get("policyTypes"), rules, spec.get("egress") or []
