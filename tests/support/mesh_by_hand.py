"""Declared and live objects of a mesh, and manual changes."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from rolecall.compiled import CompiledContract
from rolecall.systems.kubernetes.manifests import manifests, mesh_services
from rolecall.systems.kubernetes.mesh.comparison import compare
from rolecall.systems.kubernetes.mesh.findings import MeshFinding
from rolecall.systems.kubernetes.mesh.objects import CONTROLLER
from rolecall.systems.kubernetes.mesh.settings import MeshSettings

Objects = list[dict[str, Any]]
NAMESPACE = "dev-fraud"
POLICY = "policy.linkerd.io"


def declared(compiled: CompiledContract) -> Objects:
    found = (manifests(compiled.contract, compiled.access, "dev", name) for name in compiled.contract.projects)
    return [one for each in found for one in each]


def accepted(objects: Objects) -> Objects:
    """Return objects as the API has them: routes with the status that Linkerd writes, and a pod for a service."""
    live = copy.deepcopy(objects)
    for one in live:
        one["metadata"]["creationTimestamp"] = "2026-02-01T00:00:00Z"
        if one["kind"] == "HTTPRoute":
            parents = [
                {
                    "parentRef": parent,
                    "controllerName": CONTROLLER,
                    "conditions": [{"type": "Accepted", "status": "True"}],
                }
                for parent in one["spec"]["parentRefs"]
            ]
            one["status"] = {"parents": parents}
    return [*live, pod("probed-1", "probed", 8080)]


def pod(name: str, app: str, port: int, *, meshed: bool = True, **annotations: str) -> dict[str, Any]:
    proxy = [{"name": "linkerd-proxy"}] if meshed else []
    probe = {"httpGet": {"path": "/healthz", "port": port}}
    container = {"name": "app", "ports": [{"name": "http", "containerPort": port}], "livenessProbe": probe}
    marks = {"config.linkerd.io/default-inbound-policy": "deny"}
    marks |= {f"config.linkerd.io/{key.replace('_', '-')}": value for key, value in annotations.items()}
    metadata = {"name": name, "namespace": NAMESPACE, "labels": {"app": app}, "annotations": marks}
    spec = {"containers": [*proxy, container], "serviceAccountName": "scorer"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def pod_with(**spec: Any) -> dict[str, Any]:
    made = pod("plain-1", "plain", 9000)
    made["spec"] |= spec
    return made


def container_with(**settings: Any) -> dict[str, Any]:
    made = pod("plain-1", "plain", 9000)
    made["spec"]["containers"].append({"name": "more", "securityContext": settings})
    return made


def label(key: str, value: str) -> Callable[[Objects], None]:
    def by_hand(live: Objects) -> None:
        named(live, "Namespace", NAMESPACE)["metadata"]["labels"][key] = value

    return by_hand


def found(compiled: CompiledContract, live: Objects) -> list[MeshFinding]:
    services = [
        one
        for name in compiled.contract.projects
        for one in mesh_services(compiled.contract, compiled.access, "dev", name)
    ]
    return compare(services, declared(compiled), live, MeshSettings(), "rolecall:acme:dev:")


def policy(version: str, kind: str, spec: dict[str, Any], namespace: str = NAMESPACE) -> dict[str, Any]:
    metadata = {"name": "by-hand", "namespace": namespace, "creationTimestamp": "2026-01-01T00:00:00Z"}
    return {"apiVersion": f"{POLICY}/{version}", "kind": kind, "metadata": metadata, "spec": spec}


def marked(one: dict[str, Any], environment: str = "dev") -> dict[str, Any]:
    one["metadata"]["annotations"] = {"rolecall.dev/owner": f"rolecall:acme:{environment}:service:fraud:gone"}
    return one


def named(live: Objects, kind: str, name: str) -> dict[str, Any]:
    return next(one for one in live if one["kind"] == kind and one["metadata"]["name"] == name)


def change(kind: str, name: str, field: str, value: object) -> Callable[[Objects], None]:
    def by_hand(live: Objects) -> None:
        named(live, kind, name)["spec"][field] = value

    return by_hand


def annotate(key: str, value: str) -> Callable[[Objects], None]:
    def by_hand(live: Objects) -> None:
        named(live, "Namespace", NAMESPACE)["metadata"]["annotations"][key] = value

    return by_hand


def remove(kind: str, name: str) -> Callable[[Objects], None]:
    return lambda live: live.remove(named(live, kind, name))


def add(one: dict[str, Any]) -> Callable[[Objects], None]:
    return lambda live: live.append(one)


def target(kind: str, name: str, *required: dict[str, str]) -> dict[str, Any]:
    return {"targetRef": {"group": POLICY, "kind": kind, "name": name}, "requiredAuthenticationRefs": [*required]}
