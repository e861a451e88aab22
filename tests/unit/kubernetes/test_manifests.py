"""What a contract means in a cluster. Each trap of Linkerd's policies is a test; the evaluator has the last word."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from rolecall.compiled import CompiledContract
from rolecall.ids.ids import ServicePrincipalId
from rolecall.ids.verbs import Kind
from rolecall.systems.kubernetes.manifests import manifests, mesh_settings
from rolecall.systems.kubernetes.mesh.decision import Request, connection, request
from rolecall.systems.kubernetes.mesh.inbound import Client, InboundServer
from rolecall.systems.kubernetes.mesh.index import PolicyIndex
from rolecall.systems.kubernetes.mesh.settings import MeshSettings
from rolecall.systems.kubernetes.mesh.workload import DEFAULT_POLICY, Workload
from rolecall.systems.kubernetes.selectors import selects
from tests.support.cluster_contract import CONTRACT, cluster_contract

Manifests = Sequence[dict[str, Any]]
SETTINGS = MeshSettings()
NODE, ELSEWHERE = "10.9.0.1", "10.0.0.1"


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> CompiledContract:
    return cluster_contract(tmp_path_factory.mktemp("contract"))


def of(compiled: CompiledContract, environment: str = "dev", project: str = "fraud") -> list[dict[str, Any]]:
    return manifests(compiled.contract, compiled.access, environment, project)


def named(found: Manifests, kind: str, name: str) -> dict[str, Any]:
    (one,) = [each for each in found if each["kind"] == kind and each["metadata"]["name"] == name]
    return one


def inbound(found: Manifests, app: str, port: int) -> InboundServer:
    """Return what a new pod's proxy enforces: the injector copies the namespace's annotations."""
    namespace = found[0]["metadata"]
    pod = Workload(f"{app}-1", namespace["name"], {"app": app}, namespace["annotations"])
    return PolicyIndex.of(SETTINGS, found, assume_accepted=True).inbound(pod, port)


def client(account: str, address: str = ELSEWHERE, namespace: str = "dev-fraud") -> Client:
    return Client(ip_address(address), SETTINGS.identity(namespace, account) if account else "")


def may_send(server: InboundServer, account: str, method: str, path: str, address: str = ELSEWHERE) -> bool:
    return request(server, client(account, address), Request(method, path)).enforced


def test_the_mesh_admits_whom_the_contract_names_and_nobody_else(compiled: CompiledContract) -> None:
    for environment in ("dev", "prod"):
        found = of(compiled, environment)
        for app, port in (("plain", 9000), ("probed", 8080), ("routed", 8081)):
            server = inbound(found, app, port)
            for account in ("web", "batch", "scorer", ""):
                target = next(one for one in compiled.access if one.key == app and one.environment == environment)
                given = any(
                    isinstance(one, ServicePrincipalId) and one.key == account for one in compiled.access[target]
                )
                caller = client(account, namespace=f"{environment}-fraud")
                asked = Request("POST", "/v1/score")
                decision = connection(server, caller) if app == "plain" else request(server, caller, asked)
                assert decision.enforced is given, (environment, app, account)


def test_nothing_of_another_environment_is_admitted(compiled: CompiledContract) -> None:
    server = inbound(of(compiled, "prod"), "probed", 8080)
    assert not request(server, client("web", namespace="dev-fraud"), Request()).allowed
    assert request(server, client("web", namespace="prod-fraud"), Request()).allowed


def test_a_grant_stands_before_the_server_that_denies(compiled: CompiledContract) -> None:
    """A Server denies as soon as it exists: a run that is killed in between must not lose access."""
    kinds = [one["kind"] for one in of(compiled)]
    first = kinds.index("Server")
    assert not {"MeshTLSAuthentication", "NetworkAuthentication", "AuthorizationPolicy", "HTTPRoute"} & {*kinds[first:]}
    assert kinds[0] == "Namespace"
    assert kinds[-1] == "NetworkPolicy"
    assert kinds.index("AuthorizationPolicy") > kinds.index("MeshTLSAuthentication") > kinds.index("ServiceAccount")


@pytest.mark.parametrize("after", range(1, 40))
def test_a_run_that_is_killed_leaves_each_service_open_to_its_callers_or_closed_to_all(
    compiled: CompiledContract, after: int
) -> None:
    """No prefix of the order admits a client that the whole does not, and each Server has its grants."""
    whole, part = of(compiled), of(compiled)[:after]
    for app, port in (("probed", 8080), ("routed", 8081)):
        for account in ("web", "batch", ""):
            allowed = may_send(inbound(whole, app, port), account, "POST", "/v1/score")
            then = may_send(inbound(part, app, port), account, "POST", "/v1/score")
            has_server = any(one["kind"] == "Server" and one["metadata"]["name"] == app for one in part)
            assert then is allowed if has_server else not then


def test_probes_are_authorized_although_a_route_ends_their_automatic_authorization(compiled: CompiledContract) -> None:
    found = of(compiled)
    for app, port in (("probed", 8080), ("routed", 8081)):
        server = inbound(found, app, port)
        assert may_send(server, "", "GET", "/healthz", NODE)
        assert not may_send(server, "", "GET", "/healthz", ELSEWHERE)
        assert not may_send(server, "", "POST", "/healthz", NODE)
        assert not may_send(server, "", "GET", "/v1/score", NODE)


def test_routes_admit_their_requests_only(compiled: CompiledContract) -> None:
    server = inbound(of(compiled), "routed", 8081)
    assert may_send(server, "web", "POST", "/v1/score/7")
    assert not may_send(server, "web", "GET", "/v1/score")
    assert may_send(server, "web", "GET", "/v1/models")
    assert not may_send(server, "web", "GET", "/admin")
    assert not may_send(server, "web", "GET", "/healthz")


def test_each_policy_requires_one_authentication(compiled: CompiledContract) -> None:
    """Several mean all of them, and none means everybody."""
    policies = [one for one in of(compiled) if one["kind"] == "AuthorizationPolicy"]
    assert policies
    assert all(len(one["spec"]["requiredAuthenticationRefs"]) == 1 for one in policies)


def test_identities_are_service_accounts_and_no_texts(compiled: CompiledContract) -> None:
    for one in of(compiled):
        if one["kind"] == "MeshTLSAuthentication":
            assert set(one["spec"]) == {"identityRefs"}
            assert {ref["kind"] for ref in one["spec"]["identityRefs"]} == {"ServiceAccount"}
            assert all(ref["namespace"] for ref in one["spec"]["identityRefs"])


def test_a_namespace_denies_what_no_server_is_for(compiled: CompiledContract) -> None:
    found = of(compiled)
    assert found[0]["metadata"]["annotations"][DEFAULT_POLICY] == "deny"
    assert not request(inbound(found, "probed", 1234), client("web"), Request()).allowed
    closed = of(compiled, project="lonely")
    assert not request(inbound(closed, "closed", 80), client("web"), Request()).allowed
    assert not any(one["kind"] == "AuthorizationPolicy" for one in closed)


def test_the_audit_stage_admits_and_enforces_nothing(compiled: CompiledContract) -> None:
    audited = connection(inbound(of(compiled), "plain", 9000), client("scorer"))
    assert audited.allowed
    assert not audited.enforced
    assert not connection(inbound(of(compiled, "prod"), "plain", 9000), client("scorer")).allowed


def test_network_policies_close_what_bypasses_the_mesh_and_leave_its_port_open(compiled: CompiledContract) -> None:
    found = of(compiled)
    policies = [one for one in found if one["kind"] == "NetworkPolicy"]
    isolation = named(found, "NetworkPolicy", "default-deny")
    assert isolation["spec"] == {"podSelector": {}, "policyTypes": ["Ingress"]}
    own = [one for one in policies if one is not isolation and selects(one["spec"]["podSelector"], {"app": "probed"})]
    (rule,) = own[0]["spec"]["ingress"]
    assert {port["port"] for port in rule["ports"]} == {8080, 4143}
    (source,) = rule["from"]
    assert source["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "dev-fraud"}
    assert [one["metadata"]["name"] for one in of(compiled, project="lonely") if one["kind"] == "NetworkPolicy"] == [
        "default-deny"
    ]


def test_every_object_has_its_owner_and_a_name_of_its_own(compiled: CompiledContract) -> None:
    found = [one for project in ("fraud", "lonely") for one in of(compiled, project=project)]
    marks = {one["metadata"]["annotations"]["rolecall.dev/owner"] for one in found}
    assert "rolecall:acme:dev:service:fraud:probed" in marks
    assert "rolecall:acme:dev:namespace:fraud" in marks
    places = [(one["kind"], one["metadata"].get("namespace"), one["metadata"]["name"]) for one in found]
    assert len(places) == len({*places})


def test_an_environment_without_a_cluster_and_a_project_without_services_have_no_objects(
    compiled: CompiledContract,
) -> None:
    assert of(compiled, "test") == []
    assert of(compiled, project="elsewhere") == []


def test_the_break_glass_group_is_no_caller(compiled: CompiledContract) -> None:
    services = [held for target, held in compiled.access.items() if target.kind is Kind.SERVICE]
    assert services
    assert all(isinstance(one, ServicePrincipalId) for held in services for one in held)


def test_the_installation_decides_the_identities(tmp_path: Path) -> None:
    text = CONTRACT.replace("mesh: {probe", "mesh: {trust_domain: acme.test, control_plane: mesh, probe")
    contract = cluster_contract(tmp_path, text).contract
    identity = mesh_settings(contract, "lab").identity("dev-fraud", "web")
    assert identity == "web.dev-fraud.serviceaccount.identity.mesh.acme.test"
