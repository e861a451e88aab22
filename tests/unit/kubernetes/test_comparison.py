"""Every object by hand that changes who may call a service is found, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rolecall.compiled import CompiledContract
from rolecall.systems.kubernetes.mesh.findings import Difference
from rolecall.systems.kubernetes.mesh.objects import CONTROLLER
from rolecall.systems.kubernetes.mesh.privileges import ENFORCE
from rolecall.systems.kubernetes.mesh.settings import MeshSettings
from tests.support.cluster_contract import CONTRACT, cluster_contract
from tests.support.mesh_by_hand import (
    NAMESPACE,
    POLICY,
    Objects,
    accepted,
    add,
    annotate,
    change,
    container_with,
    declared,
    found,
    label,
    marked,
    named,
    pod,
    pod_with,
    policy,
    remove,
    target,
)

EXTRA, MISSING, DIFFERENT, UNKNOWN = Difference.EXTRA, Difference.MISSING, Difference.DIFFERENT, Difference.UNKNOWN


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> CompiledContract:
    return cluster_contract(tmp_path_factory.mktemp("contract"))


ACCOUNT = {"kind": "ServiceAccount", "name": "intruder", "namespace": "kube-system"}
NODES = {"cidr": "10.9.0.0/16"}
# What was done by hand, and what has to be found: kind, service, a part of the client.
BACK_DOORS: dict[str, tuple[Callable[[Objects], None], Difference, str, str]] = {
    "a policy for one more account": (
        add(policy("v1alpha1", "AuthorizationPolicy", target("Server", "probed", ACCOUNT))),
        EXTRA,
        "probed",
        "intruder.kube-system",
    ),
    "a policy that requires nothing": (
        add(policy("v1alpha1", "AuthorizationPolicy", target("Server", "plain"))),
        EXTRA,
        "plain",
        "any client without identity",
    ),
    "a policy on one route": (
        add(policy("v1alpha1", "AuthorizationPolicy", target("HTTPRoute", "routed", ACCOUNT))),
        EXTRA,
        "routed",
        "intruder",
    ),
    "a policy on the namespace": (
        add(
            policy(
                "v1alpha1",
                "AuthorizationPolicy",
                {"targetRef": {"kind": "Namespace", "name": NAMESPACE}, "requiredAuthenticationRefs": [ACCOUNT]},
            )
        ),
        EXTRA,
        "routed",
        "intruder",
    ),
    "an old ServerAuthorization": (
        add(
            policy(
                "v1beta1",
                "ServerAuthorization",
                {"server": {"selector": {}}, "client": {"meshTLS": {"identities": ["*.evil.test"]}}},
            )
        ),
        EXTRA,
        "probed",
        "*.evil.test",
    ),
    "one more caller": (
        change("MeshTLSAuthentication", "probed.callers", "identityRefs", [ACCOUNT]),
        EXTRA,
        "probed",
        "intruder",
    ),
    "another caller": (
        change("MeshTLSAuthentication", "probed.callers", "identityRefs", [ACCOUNT]),
        MISSING,
        "probed",
        "web.dev-fraud",
    ),
    "an open Server": (
        change("Server", "probed", "accessPolicy", "all-unauthenticated"),
        EXTRA,
        "probed",
        "any client",
    ),
    "a Server for authenticated clients": (
        change("Server", "probed", "accessPolicy", "all-authenticated"),
        EXTRA,
        "probed",
        "any identity",
    ),
    "a Server that only audits": (change("Server", "probed", "accessPolicy", "audit"), EXTRA, "probed", "any client"),
    "a Server that enforces already": (change("Server", "plain", "accessPolicy", "deny"), DIFFERENT, "plain", "any"),
    "a Server of other pods": (
        change("Server", "probed", "podSelector", {"matchLabels": {"app": "x"}}),
        MISSING,
        "probed",
        "web",
    ),
    "an older Server": (
        add(policy("v1beta3", "Server", {"podSelector": {}, "port": 8080, "accessPolicy": "all-unauthenticated"})),
        EXTRA,
        "probed",
        "any client",
    ),
    "no Server": (remove("Server", "probed"), MISSING, "probed", "web"),
    "no policy": (remove("AuthorizationPolicy", "routed.callers"), MISSING, "routed", "web"),
    "no authentication": (remove("MeshTLSAuthentication", "plain.callers"), MISSING, "plain", "web"),
    "no probes": (remove("AuthorizationPolicy", "probed.probes"), MISSING, "probed", "10.9"),
    "wider probes": (
        change("NetworkAuthentication", "probed.probes", "networks", [{"cidr": "0.0.0.0/0"}]),
        EXTRA,
        "probed",
        "any client without identity",
    ),
    "probes of one more network": (
        change(
            "NetworkAuthentication", "probed.probes", "networks", [{"cidr": "10.9.0.0/16"}, {"cidr": "192.0.2.0/24"}]
        ),
        EXTRA,
        "probed",
        "192.0.2",
    ),
    "a wider route": (
        change(
            "HTTPRoute",
            "routed",
            "rules",
            [{"matches": [{"path": {"type": "PathPrefix", "value": "/"}}]}],
        ),
        EXTRA,
        "routed",
        "web",
    ),
    "one more method": (
        change(
            "HTTPRoute",
            "routed",
            "rules",
            [{"matches": [{"path": {"value": "/v1/models"}}]}, {"matches": [{"path": {"value": "/v1/score"}}]}],
        ),
        EXTRA,
        "routed",
        "web",
    ),
    "a route that compares headers": (
        change(
            "HTTPRoute",
            "routed",
            "rules",
            [{"matches": [{"path": {"value": "/v1/score"}, "headers": [{"name": "a", "value": "b"}]}]}],
        ),
        UNKNOWN,
        "routed",
        "",
    ),
    "a pod outside of the mesh": (add(pod("plain-1", "plain", 9000, meshed=False)), EXTRA, "plain", "any client"),
    "a port outside of the mesh": (
        add(pod("plain-1", "plain", 9000, skip_inbound_ports="8000-9999")),
        EXTRA,
        "plain",
        "any client",
    ),
    "a port without a service": (
        add(pod("debug", "debug", 5005, default_inbound_policy="all-unauthenticated")),
        EXTRA,
        "",
        "any client",
    ),
    "an isolation that is gone": (remove("NetworkPolicy", "default-deny"), MISSING, "", ""),
    "a network policy with more ports": (
        change("NetworkPolicy", "probed.callers", "ingress", [{}]),
        DIFFERENT,
        "",
        "",
    ),
    "one more network policy": (
        add(
            {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "NetworkPolicy",
                "metadata": {"name": "open", "namespace": NAMESPACE},
                "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{}]},
            }
        ),
        EXTRA,
        "",
        "",
    ),
    "a policy that Linkerd ignores": (
        add(policy("v1alpha1", "AuthorizationPolicy", target("Service", "probed"))),
        UNKNOWN,
        "",
        "",
    ),
    "all addresses of IPv6": (
        change("NetworkAuthentication", "probed.probes", "networks", [NODES, {"cidr": "::/0"}]),
        EXTRA,
        "probed",
        "over IPv6",
    ),
    "a pod that was made before the namespace denied": (
        add(pod("plain-1", "plain", 9000, default_inbound_policy="all-authenticated")),
        EXTRA,
        "",
        "any client",
    ),
    "ports of a pod outside of the mesh": (
        add(pod("plain-1", "plain", 9000, skip_inbound_ports="22")),
        EXTRA,
        "",
        "any client",
    ),
    "a namespace that denies nothing": (
        annotate("config.linkerd.io/default-inbound-policy", "audit"),
        DIFFERENT,
        "",
        "",
    ),
    "a namespace without injection": (annotate("linkerd.io/inject", "disabled"), DIFFERENT, "", ""),
    "a namespace with ports outside of the mesh": (
        annotate("config.linkerd.io/skip-inbound-ports", "1-65535"),
        EXTRA,
        "plain",
        "any client",
    ),
    "a namespace that is being deleted": (
        lambda live: named(live, "Namespace", NAMESPACE).update(status={"phase": "Terminating"}),
        DIFFERENT,
        "",
        "",
    ),
    "a Server of a service that the contract had": (
        add(marked(policy("v1beta3", "Server", {"podSelector": {"matchLabels": {"app": "gone"}}, "port": 1}))),
        EXTRA,
        "",
        "",
    ),
    "a namespace of a project that the contract had": (
        add(marked({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "dev-gone"}})),
        EXTRA,
        "",
        "",
    ),
    "a Server of a port that no pod names": (
        add(policy("v1beta3", "Server", {"podSelector": {}, "port": 9999, "accessPolicy": "all-unauthenticated"})),
        EXTRA,
        "",
        "any client",
    ),
    "a Server of pods that are not there yet": (
        add(
            policy(
                "v1beta3",
                "Server",
                {
                    "podSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["later"]}]},
                    "port": "http",
                    "accessPolicy": "all-authenticated",
                },
            )
        ),
        EXTRA,
        "",
        "any identity",
    ),
    "a namespace with networks outside of the mesh": (
        annotate("config.linkerd.io/skip-subnets", "0.0.0.0/0"),
        EXTRA,
        "",
        "any client",
    ),
    "a pod with networks outside of the mesh": (
        add(pod("plain-1", "plain", 9000, skip_subnets="10.0.0.0/8")),
        EXTRA,
        "",
        "any client",
    ),
    "another proxy": (annotate("config.linkerd.io/proxy-image", "evil.example/proxy"), EXTRA, "", "any client"),
    "another proxy of a pod": (
        add(pod("plain-1", "plain", 9000, proxy_image="evil.example/proxy")),
        EXTRA,
        "",
        "any client",
    ),
    "a pod of a service with another service account": (
        add(pod_with(serviceAccountName="web")),
        DIFFERENT,
        "plain",
        "",
    ),
    "a pod of a service without a service account": (add(pod_with(serviceAccountName=None)), DIFFERENT, "plain", ""),
    "a pod in its node's network": (add(pod_with(hostNetwork=True)), EXTRA, "", ""),
    "a pod that sees its node's processes": (add(pod_with(hostPID=True)), EXTRA, "", ""),
    "a pod with a directory of its node": (
        add(pod_with(volumes=[{"name": "node", "hostPath": {"path": "/var/lib/kubelet"}}])),
        EXTRA,
        "",
        "",
    ),
    "a privileged pod": (add(container_with(privileged=True)), EXTRA, "", ""),
    "a pod with a capability": (add(container_with(capabilities={"add": ["SYS_ADMIN"]})), EXTRA, "", ""),
    "a pod with its node's /proc": (add(container_with(procMount="Unmasked")), EXTRA, "", ""),
    "a namespace without its level of Pod Security": (
        lambda live: named(live, "Namespace", NAMESPACE)["metadata"]["labels"].pop(ENFORCE),
        DIFFERENT,
        "",
        "",
    ),
    "a namespace with another level of Pod Security": (label(ENFORCE, "restricted"), DIFFERENT, "", ""),
    "no namespace": (remove("Namespace", NAMESPACE), MISSING, "", ""),
}


def test_what_is_applied_as_it_is_written_is_equal(compiled: CompiledContract) -> None:
    assert found(compiled, accepted(declared(compiled))) == []


@pytest.mark.parametrize("name", BACK_DOORS)
def test_what_is_done_by_hand_is_found(compiled: CompiledContract, name: str) -> None:
    by_hand, kind, service, client = BACK_DOORS[name]
    live = accepted(declared(compiled))
    by_hand(live)
    findings = found(compiled, live)
    assert any(one.kind is kind and one.service == service and client in one.client for one in findings), findings


def _annotated(key: str, value: str | None) -> Callable[[Objects], None]:
    def by_hand(live: Objects) -> None:
        annotations = named(live, "HTTPRoute", "routed.traffic")["metadata"]["annotations"]
        annotations.pop(key) if value is None else annotations.update({key: value})

    return by_hand


def _route(place: str, **parent: object) -> Callable[[Objects], None]:
    spec = {"parentRefs": [{"group": "", "kind": "Service", "name": "routed", **parent}], "rules": []}
    return add({**policy("v1", "HTTPRoute", spec, place), "apiVersion": "gateway.networking.k8s.io/v1"})


def _profile(name: str) -> Callable[[Objects], None]:
    return add({"kind": "ServiceProfile", "metadata": {"name": name, "namespace": "dev-lonely"}, "spec": {}})


@pytest.mark.parametrize(
    ("by_hand", "what"),
    [
        (remove("HTTPRoute", "routed.traffic"), "its route is not there"),
        (_annotated("timeout.linkerd.io/request", "10m"), "other time limits"),
        (_annotated("timeout.linkerd.io/idle", "1s"), "other time limits"),
        (_annotated("retry.linkerd.io/limit", None), "other time limits"),
        (change("HTTPRoute", "routed.traffic", "rules", []), "other time limits, retries or destinations"),
        (_route(NAMESPACE), "HTTPRoute by-hand of namespace dev-fraud also decides"),
        (_route("dev-lonely", namespace=NAMESPACE, port=80), "HTTPRoute by-hand of namespace dev-lonely also decides"),
        (_profile("routed.dev-fraud.svc.cluster.local"), "ServiceProfile routed.dev-fraud.svc.cluster.local"),
    ],
)
def test_time_limits_and_retries_by_hand_are_found(
    compiled: CompiledContract, by_hand: Callable[[Objects], None], what: str
) -> None:
    live = accepted(declared(compiled))
    by_hand(live)
    (finding,) = found(compiled, live)
    assert (finding.kind, finding.service) == (DIFFERENT, "routed")
    assert what in finding.what


@pytest.mark.parametrize(
    "by_hand",
    [
        _route("dev-lonely"),
        _route(NAMESPACE, port=81),
        _profile("routed.dev-lonely.svc.cluster.local"),
        _annotated("team.example.com/note", "x"),
    ],
)
def test_routes_of_other_services_are_none_of_the_contracts(
    compiled: CompiledContract, by_hand: Callable[[Objects], None]
) -> None:
    live = accepted(declared(compiled))
    by_hand(live)
    assert found(compiled, live) == []


def test_the_init_container_of_linkerd_and_default_capabilities_are_no_privilege(compiled: CompiledContract) -> None:
    made = container_with(capabilities={"add": ["CHOWN"]}, privileged=False, procMount="Default")
    init = {"name": "linkerd-init", "securityContext": {"capabilities": {"add": ["NET_ADMIN", "NET_RAW"]}}}
    made["spec"]["initContainers"] = [init]
    assert found(compiled, [*accepted(declared(compiled)), made]) == []


def test_an_undeclared_server_is_reported_once_for_a_client(compiled: CompiledContract) -> None:
    spec = {"podSelector": {}, "port": 9999, "accessPolicy": "all-unauthenticated"}
    live = [*accepted(declared(compiled)), policy("v1beta3", "Server", spec)]
    (one,) = found(compiled, live)
    assert one.what.startswith("pod probed-1 admits it at port 9999")


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("mesh: {probe_networks: [10.9.0.0/16]}", "privileged"),
        ("mesh: {probe_networks: [10.9.0.0/16], cni: true}", "baseline"),
        ("mesh: {probe_networks: [10.9.0.0/16]}\n    pod_security: restricted", "restricted"),
    ],
)
def test_a_namespace_enforces_a_level_of_pod_security(tmp_path: Path, text: str, level: str) -> None:
    changed = CONTRACT.replace("mesh: {probe_networks: [10.9.0.0/16]}", text)
    namespace = named(declared(cluster_contract(tmp_path, changed)), "Namespace", NAMESPACE)
    assert namespace["metadata"]["labels"][ENFORCE] == level


GRPC = CONTRACT.replace(
    "        protocol: opaque\n        overrides: {dev: {enforcement: audit}}\n", "        protocol: gRPC\n"
)


def rpc_route(**method: str) -> list[dict[str, Any]]:
    parent = {"group": POLICY, "kind": "Server", "name": "plain"}
    accepted_by = {"parentRef": parent, "controllerName": CONTROLLER}
    status = {"parents": [{**accepted_by, "conditions": [{"type": "Accepted", "status": "True"}]}]}
    spec = {"parentRefs": [parent], "rules": [{"matches": [{"method": method}]}]}
    group = "gateway.networking.k8s.io"
    route = policy("v1", "GRPCRoute", spec) | {"apiVersion": f"{group}/v1", "status": status}
    target_of = {"targetRef": {"group": group, "kind": "GRPCRoute", "name": "by-hand"}}
    return [route, policy("v1alpha1", "AuthorizationPolicy", {**target_of, "requiredAuthenticationRefs": [ACCOUNT]})]


def test_an_undeclared_grpc_route_admits_a_client_to_its_methods_and_denies_callers_the_others(
    tmp_path: Path,
) -> None:
    assert GRPC != CONTRACT
    compiled = cluster_contract(tmp_path, GRPC)
    live = accepted(declared(compiled))
    assert found(compiled, live) == []
    route, admits = rpc_route(service="fraud.Scorer", method="Delete")
    by_kind = {one.kind: one for one in found(compiled, [*live, route, admits])}
    assert {*by_kind} == {EXTRA, MISSING}
    assert "intruder.kube-system" in by_kind[EXTRA].client
    assert "POST /fraud.Scorer/Delete" in by_kind[EXTRA].what
    assert [one.kind for one in found(compiled, [*live, route]) if one.service == "plain"] == [MISSING, MISSING]


def test_the_same_in_other_words_is_equal(compiled: CompiledContract) -> None:
    live = accepted(declared(compiled))
    identity = MeshSettings().identity(NAMESPACE, "web")
    named(live, "MeshTLSAuthentication", "probed.callers")["spec"] = {"identities": [identity]}
    named(live, "NetworkAuthentication", "probed.probes")["spec"]["networks"] = [
        {"cidr": "10.9.0.0/17"},
        {"cidr": "10.9.128.0/17"},
    ]
    live.append(policy("v1alpha1", "AuthorizationPolicy", target("Server", "elsewhere", ACCOUNT)))
    live.append(policy("v1alpha1", "AuthorizationPolicy", target("Server", "probed", ACCOUNT), "other-namespace"))
    live.append(marked({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "prod-fraud"}}, "prod"))
    assert found(compiled, live) == []


def test_a_route_that_linkerd_has_not_accepted_is_no_route(compiled: CompiledContract) -> None:
    live = accepted(declared(compiled))
    named(live, "HTTPRoute", "routed").pop("status")
    findings = found(compiled, live)
    assert any(one.kind is MISSING and one.service == "routed" and "web" in one.client for one in findings)
