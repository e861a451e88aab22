"""From a contract to Databricks and a real cluster, and back by parity."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from rolecall.local.api_server import ApiServer
from tests.support.cluster_contract import CONTRACT
from tests.support.documents import document
from tests.support.emulator import ServedEmulator, served
from tests.support.mesh_controller import accept_routes
from tests.support.project import GUARDRAILS, Project, contract_project

pytestmark = pytest.mark.engine
# Projects of its own: the server keeps what other tests have applied.
TEXT = CONTRACT.replace("organization: acme", "organization: deployed")
TEXT = TEXT.replace("  fraud:\n", "  pay:\n").replace("  lonely:\n", "  solo:\n")
POLICIES = "/apis/policy.linkerd.io/v1alpha1/namespaces/dev-pay"


@pytest.fixture
def emulator() -> Iterator[ServedEmulator]:
    with served(small_pages=False) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, server: ApiServer, emulator: ServedEmulator) -> Project:
    made = contract_project(tmp_path, emulator, TEXT)
    made.variables["KUBECONFIG"] = str(server.kubeconfig(tmp_path / "kubeconfig", {"lab": "deployer"}))
    made.variables |= {"ROLECALL_RATE_LIMIT": "500", "DATABRICKS_RATE_LIMIT": "500"}
    return made


def parity(project: Project) -> list[dict[str, Any]]:
    answer = project.rolecall("parity", "--format", "json")
    assert answer.returncode in (0, 1, 3), answer.stdout + answer.stderr
    found: list[dict[str, Any]] = document(("parity",), answer.stdout)["findings"]
    return [one for one in found if one["system"] == "kubernetes"]


RBAC = "/apis/rbac.authorization.k8s.io/v1"
API_GROUP = "rbac.authorization.k8s.io"


def post(client: httpx.Client, path: str, name: str, **body: Any) -> str:
    client.post(path, json={"metadata": {"name": name}, **body}).raise_for_status()
    return f"{path}/{name}"


DELETES = {
    "apiGroups": [""],
    "resources": ["persistentvolumeclaims"],
    "resourceNames": ["features"],
    "verbs": ["delete"],
}


def binding(client: httpx.Client, name: str, role: str, *subjects: dict[str, str], kind: str = "ClusterRole") -> str:
    reference = {"apiGroup": API_GROUP, "kind": kind, "name": role}
    every = [{"apiGroup": API_GROUP, **one} if one["kind"] != "ServiceAccount" else one for one in subjects]
    return post(client, f"{RBAC}/namespaces/dev-pay/rolebindings", name, roleRef=reference, subjects=every)


def test_a_contract_is_deployed_compared_changed_by_hand_and_set_back(
    project: Project, administrator: httpx.Client
) -> None:
    first = project.rolecall("preview").stdout
    assert "Kubernetes 90" in first
    assert administrator.get("/api/v1/namespaces/dev-pay").status_code == httpx.codes.NOT_FOUND
    project.deployed("up", "--policy-pack", str(GUARDRAILS))
    accept_routes(administrator, ("dev-pay", "prod-pay"))
    # Who has the keys of volumes writes them.
    without = parity(project)
    assert {(one["finding"], one["live"].partition(" with")[0]) for one in without} == {
        ("different", f"Secret {namespace}/volume-key-confidential") for namespace in ("dev-pay", "prod-pay")
    }
    for namespace in ("dev-pay", "prod-pay"):
        post(
            administrator,
            f"/api/v1/namespaces/{namespace}/secrets",
            "volume-key-confidential",
            stringData={"CRYPTO_KEY_VALUE": "x"},
        )
    assert parity(project) == []
    again = project.deployed("up")
    assert {kind for one in again.values() for kind in one["changes"]} <= {"same"}, again
    secrets = [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]
    labels = {"metadata": {"name": "reads", "labels": {"to": "audit"}}}
    aggregates = {"clusterRoleSelectors": [{"matchLabels": {"to": "audit"}}]}
    administrator.post(f"{RBAC}/clusterroles", json={**labels, "rules": secrets}).raise_for_status()
    made = [
        f"{RBAC}/clusterroles/reads",
        post(administrator, f"{RBAC}/clusterroles", "audits", aggregationRule=aggregates, rules=[]),
        binding(administrator, "audits", "audits", {"kind": "Group", "name": "auditors"}),
        binding(administrator, "debug", "admin", {"kind": "User", "name": "mallory@example.com"}),
        post(administrator, f"{RBAC}/namespaces/dev-pay/roles", "of-claim", rules=[DELETES]),
        binding(administrator, "of-claim", "of-claim", {"kind": "Group", "name": "oidc:engineers"}, kind="Role"),
    ]
    administrator.delete(f"{RBAC}/namespaces/dev-pay/rolebindings/features.edit").raise_for_status()
    requires = [{"kind": "ServiceAccount", "name": "batch"}]
    target = {"group": "policy.linkerd.io", "kind": "Server", "name": "probed"}
    spec = {"targetRef": target, "requiredAuthenticationRefs": requires}
    policy = f"{POLICIES}/authorizationpolicies"
    kind = {"apiVersion": "policy.linkerd.io/v1alpha1", "kind": "AuthorizationPolicy"}
    made.append(post(administrator, policy, "by-hand", spec=spec, **kind))
    administrator.delete(f"{policy}/routed.callers").raise_for_status()
    found = parity(project)
    shown = {(one["finding"], one["resource"] or one["object"], one["subject"]) for one in found}
    assert shown == {
        ("unmanaged", "RoleBinding dev-pay/audits: group auditors", None),
        ("unmanaged", "RoleBinding dev-pay/debug: user mallory@example.com", None),
        ("extra", "pay/probed", "service principal pay/batch in dev"),
        ("missing", "pay/routed", "service principal pay/web in dev"),
        ("missing", "Object pay-features.edit.RoleBinding of stack dev.pay", None),
        ("different", "pay/features", "service principal pay/batch in dev"),
        ("different", "pay/features", "emergency"),
        ("extra", "pay/features", "engineers"),
        ("missing", "Object pay-routed.callers.AuthorizationPolicy of stack dev.pay", None),
    }
    by_hand = {one["resource"]: one["live"] for one in found}
    assert by_hand["RoleBinding dev-pay/audits: group auditors"] == "may read Secrets in dev-pay: reads keys and tokens"
    for right in ("run commands in pods", "may delete, get, patch, update claims features"):
        assert right in by_hand["RoleBinding dev-pay/debug: user mallory@example.com"]
    for path in made:
        administrator.delete(path).raise_for_status()
    repaired = project.deployed("up", "--refresh")
    assert repaired["dev.pay"]["changes"]["create"] == 2
    assert parity(project) == []
    # What a multicluster gateway forwards has the gateway's identity.
    port = {"port": 80, "targetPort": 8080}
    marks = {"mirror.linkerd.io/exported": "true"}
    body: dict[str, Any] = {
        "metadata": {"name": "out", "labels": marks},
        "spec": {"selector": {"app": "probed"}, "ports": [port]},
    }
    place = "/api/v1/namespaces/dev-pay/services"
    administrator.post(place, json=body).raise_for_status()
    assert [(one["finding"], one["object"]) for one in parity(project)] == [("unknown", "pay/probed")]
    administrator.delete(f"{place}/out").raise_for_status()
    # One binding less: the caller goes, the service stays closed; and a service that goes leaves nothing behind.
    project.write("contract.yaml", TEXT.replace("      - {role: scores, to: batch, in: [dev]}\n", ""))
    preview = json.loads(project.rolecall("preview", "--format", "json").stdout)
    changes = [one for one in preview["access"] if "batch" in one["subject"]]
    assert [(one["object"], one["before"], one["after"]) for one in changes] == [
        ("service pay/plain in dev", "call", "")
    ]
    project.deployed("up")
    callers = administrator.get(f"{POLICIES}/meshtlsauthentications/plain.callers").raise_for_status().json()
    assert [one["name"] for one in callers["spec"]["identityRefs"]] == ["web"]
    assert parity(project) == []
