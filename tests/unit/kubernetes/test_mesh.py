"""The evaluator of the mesh's policies, by cases."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

import pytest
import yaml

from rolecall.systems.kubernetes.mesh.decision import Request, connection, request
from rolecall.systems.kubernetes.mesh.inbound import Client
from rolecall.systems.kubernetes.mesh.index import PolicyIndex
from rolecall.systems.kubernetes.mesh.settings import DefaultPolicy, MeshSettings
from rolecall.systems.kubernetes.mesh.workload import Workload, port_set, workload_of
from rolecall.systems.kubernetes.selectors import selects
from tests.conftest import ROOT

SETTINGS = MeshSettings()
NAMESPACE, PORT = "prod-fraud", 8080
CASES = [
    case
    for path in sorted((ROOT / "tests" / "cases" / "mesh").glob("*.yaml"))
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]
CLIENTS = {
    "caller": ("10.0.0.1", SETTINGS.identity(NAMESPACE, "caller")),
    "neighbour": ("10.0.0.2", SETTINGS.identity(NAMESPACE, "neighbour")),
    "other": ("10.0.0.3", SETTINGS.identity("prod-other", "other")),
    "plain": ("10.0.0.4", ""),
    "outside": ("203.0.113.1", ""),
}


def index_of(case: dict[str, Any]) -> PolicyIndex:
    objects = []
    for written in case.get("objects", []):
        version = {"apiVersion": "policy.linkerd.io/v1beta3"}
        objects.append({**version, **written, "metadata": {"namespace": NAMESPACE, **written["metadata"]}})
    return PolicyIndex.of(SETTINGS, objects, assume_accepted=case.get("accepted", True))


def pod_of(case: dict[str, Any]) -> Workload:
    pod = case["pod"]
    ports = {name: frozenset({number}) for name, number in pod.get("ports", {}).items()}
    probes = {port: frozenset(paths) for port, paths in pod.get("probes", {}).items()}
    return Workload("scorer-1", NAMESPACE, {"app": "scorer"}, pod.get("annotations", {}), ports, probes)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_case(case: dict[str, Any]) -> None:
    index = index_of(case)
    server = index.inbound(pod_of(case), PORT)
    for asked in case["asks"]:
        address, identity = CLIENTS[asked["client"]]
        client = Client(ip_address(asked.get("address", address)), identity)
        sent = Request(asked.get("method", "GET"), asked.get("path", "/"), asked.get("host", ""))
        decision = request(server, client, sent)
        assert decision.allowed is asked["allowed"], asked
        if "enforced" in asked:
            assert decision.enforced is asked["enforced"], asked
    assert len(index.ignored) == case.get("ignored", 0), index.ignored


def test_every_case_is_told_apart() -> None:
    names = [case["case"] for case in CASES]
    assert len(names) == len({*names}) > 35


def test_connections_of_a_port_with_routes_are_judged_where_the_protocol_is_detected() -> None:
    client = Client(ip_address("10.0.0.4"))
    for protocol, allowed in (("unknown", True), ("HTTP/1", False), ("opaque", True), ("TLS", True)):
        spec = {"podSelector": {}, "port": PORT, "proxyProtocol": protocol, "accessPolicy": "all-unauthenticated"}
        found = {"kind": "Server", "metadata": {"name": "scorer", "namespace": NAMESPACE}, "spec": spec}
        server = PolicyIndex.of(SETTINGS, [found]).inbound(pod_of({"pod": {}}), PORT)
        assert connection(server, client).allowed is allowed, protocol


def test_identities_have_the_form_of_linkerd() -> None:
    identity = SETTINGS.identity("prod-fraud", "scorer")
    assert identity == "scorer.prod-fraud.serviceaccount.identity.linkerd.cluster.local"
    assert SETTINGS.service_account(identity) == ("prod-fraud", "scorer")
    assert SETTINGS.service_account("a.b.prod.serviceaccount.identity.linkerd.cluster.local") == ("prod", "a.b")
    for other in ("*", "*.prod-fraud.serviceaccount.identity.linkerd.cluster.local", identity + ".evil", "scorer"):
        assert SETTINGS.service_account(other) is None
    assert MeshSettings(trust_domain="acme.test").service_account(identity) is None


def test_the_policy_of_a_pod_is_its_own_annotation() -> None:
    """The injector copies the namespace's annotation when a pod is made; a later change does not reach it."""
    pod = {
        "metadata": {
            "name": "a",
            "namespace": NAMESPACE,
            "annotations": {"config.linkerd.io/default-inbound-policy": "deny"},
        },
        "spec": {
            "initContainers": [{"name": "linkerd-proxy"}],
            "containers": [
                {
                    "name": "app",
                    "ports": [
                        {"name": "http", "containerPort": 8080},
                        {"name": "udp", "containerPort": 53, "protocol": "UDP"},
                    ],
                    "livenessProbe": {"httpGet": {"path": "/live?a=1", "port": "HTTP"}},
                    "readinessProbe": {"httpGet": {"port": 9090}},
                    "startupProbe": {"tcpSocket": {"port": 8080}},
                }
            ],
        },
    }
    found = workload_of(pod)
    assert found.default_policy is DefaultPolicy.DENY
    assert found.meshed
    assert found.ports == {"http": frozenset({8080})}
    assert found.probes == {8080: frozenset({"/live"}), 9090: frozenset({"/"})}
    assert not workload_of(
        {"metadata": {"name": "a", "namespace": "b"}, "spec": {"containers": [{"name": "app"}]}}
    ).meshed


@pytest.mark.parametrize(
    ("text", "ports"), [("80, 90-92", {80, 90, 91, 92}), ("", set()), ("80,web", set()), ("9-8", set()), ("0", set())]
)
def test_lists_of_ports(text: str, ports: set[int]) -> None:
    assert port_set(text) == ports


@pytest.mark.parametrize(
    ("selector", "fits"),
    [
        ({}, True),
        ({"matchLabels": {"app": "scorer"}}, True),
        ({"matchLabels": {"app": "other"}}, False),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["scorer"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["scorer"]}]}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["front"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, False),
        ({"matchExpressions": [{"key": "app", "operator": "In"}]}, False),
    ],
)
def test_selectors(selector: dict[str, Any], *, fits: bool) -> None:
    assert selects(selector, {"app": "scorer"}) is fits
