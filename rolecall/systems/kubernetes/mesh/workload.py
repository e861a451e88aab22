"""A pod as Linkerd's policy controller knows it: labels, ports, probes, annotations.

linkerd/linkerd2, policy-controller/k8s/index/src/inbound/workload.rs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from rolecall.systems.kubernetes.mesh.privileges import privileges
from rolecall.systems.kubernetes.mesh.settings import DefaultPolicy

DEFAULT_POLICY = "config.linkerd.io/default-inbound-policy"
OPAQUE_PORTS = "config.linkerd.io/opaque-ports"
REQUIRE_IDENTITY = "config.linkerd.io/proxy-require-identity-inbound-ports"
INJECT = "linkerd.io/inject"
SKIP_PORTS = "config.linkerd.io/skip-inbound-ports"
# Connections from and to these networks pass the proxy by: linkerd/linkerd2-proxy-init, proxy-init/cmd/root.go.
SKIP_SUBNETS = "config.linkerd.io/skip-subnets"
# Programs that run in a pod in the place of Linkerd's own.
IMAGES = tuple(f"config.linkerd.io/{one}-image" for one in ("proxy", "init", "debug"))
PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
PROXY = "linkerd-proxy"


@dataclass(frozen=True)
class Workload:
    """A pod.

    Attributes:
        name: its name.
        namespace: its namespace.
        labels: its labels.
        annotations: its annotations, as they were when it was created.
        ports: its TCP ports by name.
        probes: the paths of HTTP probes by port.
        meshed: whether it has Linkerd's proxy.
        account: its service account.
        privileges: its kinds of access to its node.
    """

    name: str
    namespace: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str] = field(default_factory=dict)
    ports: Mapping[str, frozenset[int]] = field(default_factory=dict)
    probes: Mapping[int, frozenset[str]] = field(default_factory=dict)
    meshed: bool = True
    account: str = ""
    privileges: tuple[str, ...] = ()

    @property
    def default_policy(self) -> DefaultPolicy | None:
        """The policy of its annotation; None where it has none, or one that Linkerd does not know."""
        written = self.annotations.get(DEFAULT_POLICY)
        return DefaultPolicy(written) if written is not None and written in [*DefaultPolicy] else None

    def annotated_ports(self, annotation: str) -> frozenset[int]:
        """Return the ports of an annotation; none where it cannot be read."""
        return port_set(self.annotations.get(annotation, ""))


def workload_of(pod: Mapping[str, Any]) -> Workload:
    """Return a pod of the API as a workload."""
    metadata, spec = pod["metadata"], pod.get("spec") or {}
    starting, running = spec.get("initContainers") or [], spec.get("containers") or []
    containers = [*running, *starting]
    ports: dict[str, set[int]] = {}
    probes: dict[int, set[str]] = {}
    for container in containers:
        for name, number in _named_ports(container):
            ports.setdefault(name, set()).add(number)
        for port, path in _probes(container):
            probes.setdefault(port, set()).add(path)
    return Workload(
        metadata["name"],
        metadata["namespace"],
        metadata.get("labels") or {},
        metadata.get("annotations") or {},
        {name: frozenset(numbers) for name, numbers in ports.items()},
        {port: frozenset(paths) for port, paths in probes.items()},
        any(container.get("name") == PROXY for container in containers),
        str(spec.get("serviceAccountName") or "default"),
        tuple(privileges(pod)),
    )


def port_set(text: str) -> frozenset[int]:
    """Return the ports of a list of numbers and ranges; none where it cannot be read."""
    found: set[int] = set()
    for part in filter(None, (one.strip() for one in text.split(","))):
        first, _, last = part.partition("-")
        if not (first.strip().isdecimal() and (not last or last.strip().isdecimal())):
            return frozenset()
        low, high = int(first), int(last or first)
        if not 1 <= low <= high <= 65_535:
            return frozenset()
        found.update(range(low, high + 1))
    return frozenset(found)


def _named_ports(container: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for port in container.get("ports") or []:
        if port.get("name") and str(port.get("protocol") or "TCP").upper() == "TCP":
            yield port["name"], port["containerPort"]


def _probes(container: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    named: Sequence[tuple[str, int]] = [*_named_ports(container)]
    for probe in PROBES:
        asked = (container.get(probe) or {}).get("httpGet")
        if asked is None:
            continue
        port = asked.get("port")
        if isinstance(port, str):
            port = next((number for name, number in named if name.casefold() == port.casefold()), None)
        if port is not None:
            yield port, urlsplit(asked.get("path") or "/").path
