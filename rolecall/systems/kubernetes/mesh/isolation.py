"""Gaps in a project namespace's isolation: skipped ports, undeclared Servers, and access to nodes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rolecall.systems.kubernetes.mesh import decision
from rolecall.systems.kubernetes.mesh.compilation import MeshService
from rolecall.systems.kubernetes.mesh.decision import Decision
from rolecall.systems.kubernetes.mesh.findings import Difference, MeshFinding
from rolecall.systems.kubernetes.mesh.index import UNKNOWN_PORT, PolicyIndex
from rolecall.systems.kubernetes.mesh.privileges import ENFORCE
from rolecall.systems.kubernetes.mesh.samples import ANY, clients, requests
from rolecall.systems.kubernetes.mesh.settings import DefaultPolicy, MeshSettings
from rolecall.systems.kubernetes.mesh.workload import (
    DEFAULT_POLICY,
    IMAGES,
    INJECT,
    SKIP_PORTS,
    SKIP_SUBNETS,
    Workload,
)
from rolecall.systems.kubernetes.selectors import selects

Object = Mapping[str, Any]


def namespace_isolation(
    namespace: str, declared: Iterable[Object], live: Object, pods: Sequence[Workload], settings: MeshSettings
) -> Iterator[MeshFinding]:
    """Yield gaps of a namespace and its pods: no default deny, or access to the node.

    Args:
        namespace: its name.
        declared: all objects of the contract.
        live: the namespace as it is.
        pods: its pods.
        settings: how Linkerd is installed.
    """
    wanted = next(one for one in declared if one["kind"] == "Namespace" and one["metadata"]["name"] == namespace)
    level = (wanted["metadata"].get("labels") or {}).get(ENFORCE)
    found = (live["metadata"].get("labels") or {}).get(ENFORCE)
    if found != level:
        what = (
            f"the label {ENFORCE} is {found or 'not there'}, not {level}: pods get more access to nodes, or are denied"
        )
        yield MeshFinding(namespace, "", Difference.DIFFERENT, "", what)
    annotations = live["metadata"].get("annotations") or {}
    for key, value in ((DEFAULT_POLICY, DefaultPolicy.DENY.value), (INJECT, "enabled")):
        if annotations.get(key) != value:
            what = (
                f"the annotation {key} is {annotations.get(key, 'not there')}, not {value}: new pods are not isolated"
            )
            yield MeshFinding(namespace, "", Difference.DIFFERENT, "", what)
    yield from _bypasses(namespace, "new pods", annotations)
    if (live.get("status") or {}).get("phase") == "Terminating" or live["metadata"].get("deletionTimestamp"):
        yield MeshFinding(namespace, "", Difference.DIFFERENT, "", "the namespace is being deleted")
    for pod in pods:
        policy = pod.default_policy or settings.default_policy
        if pod.meshed and policy is not DefaultPolicy.DENY:
            what = f"{shown_pod(pod)} was made with the default policy {policy}: ports without a Server follow it"
            yield MeshFinding(namespace, "", Difference.EXTRA, "any client", what)
        if pod.meshed:
            yield from _bypasses(namespace, shown_pod(pod), pod.annotations)
        for privilege in pod.privileges:
            what = f"{shown_pod(pod)} has {privilege} of its node: it can read volumes and tokens of other pods there"
            yield MeshFinding(namespace, "", Difference.EXTRA, "", what)


def _bypasses(namespace: str, pods: str, annotations: Mapping[str, str]) -> Iterator[MeshFinding]:
    """Yield annotations that bypass the proxy or replace its image."""
    for key, what in ((SKIP_PORTS, "ports"), (SKIP_SUBNETS, "connections of the networks")):
        if annotations.get(key):
            text = f"{what} {annotations[key]} of {pods} are outside of the mesh"
            yield MeshFinding(namespace, "", Difference.EXTRA, "any client", text)
    for key in IMAGES:
        if key in annotations:
            text = f"the annotation {key} of {pods} is {annotations[key]}: that image handles their connections"
            yield MeshFinding(namespace, "", Difference.EXTRA, "any client", text)


def other_ports(
    namespace: str,
    services: Sequence[MeshService],
    pods: Sequence[Workload],
    index: PolicyIndex,
) -> Iterator[MeshFinding]:
    """Yield ports of pods that admit a client although the contract has no service there.

    A Server opens a port of pods that do not name it, and of pods that are made later, too.
    """
    judged: set[str] = set()
    for pod in (*pods, *index.selected(namespace)):
        numbers = {port for ports in pod.ports.values() for port in ports} | {*pod.probes} | index.server_ports(pod)
        own = {one.port for one in services if selects({"matchLabels": one.labels}, pod.labels)}
        for port in sorted(numbers - own):
            held = index.inbound(pod, port)
            if pod not in pods and held.name in judged:
                continue
            judged |= {held.name} if held.kind == "Server" else set()
            seen: set[str] = set()
            for sample in clients((held,), ()):
                decisions = (decision.request(held, sample.client, asked) for asked in requests((held,)))
                admitted = next((one for one in decisions if _opens(one)), None)
                if admitted is None or {sample.who, ANY} & seen:
                    continue
                seen.add(sample.who)
                where = f"{shown_pod(pod)} admits it at port {shown_port(port)}"
                what = f"{where}, without a service in the contract{shown_by(admitted)}"
                yield MeshFinding(namespace, "", Difference.EXTRA, sample.shown, what)
        if not pod.meshed and not own:
            what = f"{shown_pod(pod)} is outside of the mesh"
            yield MeshFinding(namespace, "", Difference.EXTRA, "any client", what)


def _opens(found: Decision) -> bool:
    """Return whether a decision admits a client to more than the probes that Linkerd authorizes by itself."""
    return found.allowed and found.by is not None and not found.by.probes


def shown_pod(pod: Workload) -> str:
    """Return a pod in words."""
    return pod.name if pod.name.startswith("a ") else f"pod {pod.name}"


def shown_by(found: Decision) -> str:
    """Describe the authorization that admits a client."""
    if found.by is None:
        return ""
    name = f"the default policy {found.by.name}" if found.by.kind == "default" else f"{found.by.kind} {found.by.name}"
    return f", by {name}"


def shown_port(port: int) -> str:
    """Return a port in words."""
    return "of another name" if port == UNKNOWN_PORT else str(port)
