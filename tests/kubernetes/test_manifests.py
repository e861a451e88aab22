"""What Rolecall writes for a cluster, on a real API server with Linkerd's definitions."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from rolecall.contract.cluster import Certificates, Mesh
from rolecall.local.api_definitions import apply_definitions
from rolecall.systems.kubernetes.admission import RULES, admission_manifests, project_admission
from rolecall.systems.kubernetes.manifests import manifests
from tests.kubernetes.test_certificates import DEFINITION as CERTIFICATES
from tests.support.cluster_contract import CONTRACT, cluster_contract
from tests.support.waiting import becomes

Manifest = dict[str, Any]
MESH = Mesh(
    certificates=Certificates(anchors=[":".join(["0A"] * 32)], issuer_life="48h", anchor_life="365d"),
)
PLURALS = {"NetworkPolicy": "networkpolicies", "AuthorizationPolicy": "authorizationpolicies"}
PLURALS |= {"ValidatingAdmissionPolicy": "validatingadmissionpolicies", "StorageClass": "storageclasses"}


def address(one: Manifest) -> str:
    """Return the path of an object: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris."""
    version, metadata = one["apiVersion"], one["metadata"]
    group = f"/apis/{version}" if "/" in version else f"/api/{version}"
    namespace = f"/namespaces/{metadata['namespace']}" if "namespace" in metadata else ""
    plural = PLURALS.get(one["kind"], f"{one['kind'].lower()}s")
    return f"{group}{namespace}/{plural}/{metadata['name']}"


def apply(client: httpx.Client, one: Manifest, manager: str = "rolecall", *, dry: bool = False) -> httpx.Response:
    params = {"fieldManager": manager, "fieldValidation": "Strict", **({"dryRun": "All"} if dry else {})}
    headers = {"Content-Type": "application/apply-patch+yaml"}
    return client.patch(address(one), params=params, headers=headers, json=one)


def objects(folder: Path) -> list[Manifest]:
    # Its rules would refuse the manual changes of these tests.
    compiled = cluster_contract(
        folder, CONTRACT.replace("    context: lab\n", "    context: lab\n    admission: false\n")
    )
    places = [(environment, project) for environment in ("dev", "prod") for project in compiled.contract.projects]
    return [one for place in places for one in manifests(compiled.contract, compiled.access, *place)]


@pytest.fixture
def applied(administrator: httpx.Client, tmp_path: Path) -> list[Manifest]:
    found = objects(tmp_path)
    for one in found:
        answer = apply(administrator, one)
        assert answer.is_success, answer.text
    return found


def test_the_server_takes_every_field_and_a_second_application_changes_nothing(
    administrator: httpx.Client, applied: list[Manifest]
) -> None:
    assert {one["kind"] for one in applied} >= {"Server", "HTTPRoute", "AuthorizationPolicy", "NetworkPolicy"}
    for one in applied:
        live = administrator.get(address(one)).raise_for_status().json()
        again = apply(administrator, one, dry=True).raise_for_status().json()
        assert again["metadata"]["resourceVersion"] == live["metadata"]["resourceVersion"]
        assert again.get("spec") == live.get("spec")
        if one["kind"] != "Namespace":
            assert _holds(live.get("spec"), one.get("spec")), (one, live)


def test_a_field_of_another_manager_is_a_conflict_that_names_it(
    administrator: httpx.Client, applied: list[Manifest]
) -> None:
    server = next(one for one in applied if one["kind"] == "Server" and one["metadata"]["name"] == "probed")
    changed = {"spec": {"accessPolicy": "all-unauthenticated"}}
    headers = {"Content-Type": "application/merge-patch+json"}
    params = {"fieldManager": "kubectl-edit"}
    administrator.patch(address(server), params=params, headers=headers, json=changed).raise_for_status()
    refused = apply(administrator, server)
    assert refused.status_code == httpx.codes.CONFLICT
    assert "kubectl-edit" in refused.json()["message"]
    assert ".spec.accessPolicy" in refused.text
    administrator.delete(address(server)).raise_for_status()


@pytest.fixture
def guarded(administrator: httpx.Client, applied: list[Manifest]) -> Iterator[list[Manifest]]:
    rules = [*admission_manifests("acme", MESH)]
    for one in rules:
        answer = apply(administrator, one)
        assert answer.is_success, answer.text
    yield applied
    for one in reversed(rules):
        administrator.delete(address(one)).raise_for_status()


# By kind of object: a change that the rule of the cluster refuses.
BAD: dict[str, tuple[str, Any]] = {
    "AuthorizationPolicy": ("requiredAuthenticationRefs", []),
    "MeshTLSAuthentication": ("identityRefs", [{"kind": "Namespace", "name": "dev-fraud"}]),
    "NetworkAuthentication": ("networks", [{"cidr": "0.0.0.0/0"}]),
    "Server": ("accessPolicy", "all-unauthenticated"),
}


def test_the_cluster_refuses_by_itself_what_opens_a_service(
    administrator: httpx.Client, guarded: list[Manifest]
) -> None:
    for kind, (name, value) in BAD.items():
        good = next(one for one in guarded if one["kind"] == kind)
        bad = copy.deepcopy(good)
        bad["spec"][name] = value
        bad["metadata"]["name"] = f"{good['metadata']['name']}-bad"
        # The API server compiles a new policy after it has answered.
        becomes(partial(_refused, administrator, bad))
        again = copy.deepcopy(good)
        again["metadata"]["name"] = f"{good['metadata']['name']}-good"
        answer = apply(administrator, again, dry=True)
        assert answer.is_success, (kind, answer.text)
    server = next(one for one in guarded if one["kind"] == "Server")
    client = {"meshTLS": {"identities": ["*"]}}
    old = {
        "apiVersion": "policy.linkerd.io/v1beta1",
        "kind": "ServerAuthorization",
        "metadata": {"name": "old", "namespace": server["metadata"]["namespace"]},
        "spec": {"server": {"name": server["metadata"]["name"]}, "client": client},
    }
    becomes(lambda: _refused(administrator, old))
    text = administrator.get("/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies").text
    assert all(rule.name in text for rule in RULES)


def test_the_cluster_refuses_namespaces_and_pods_outside_of_the_mesh(
    administrator: httpx.Client, guarded: list[Manifest]
) -> None:
    namespace = copy.deepcopy(next(one for one in guarded if one["kind"] == "Namespace"))
    bypasses: tuple[dict[str, str], ...] = (
        {"config.linkerd.io/skip-inbound-ports": "8080"},
        {"config.linkerd.io/skip-subnets": "10.0.0.0/8"},
        {"config.linkerd.io/proxy-image": "other"},
    )
    spec = {"containers": [{"name": "app", "image": "app"}]}
    pod: Manifest = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "dev-fraud"},
        "spec": spec,
    }
    for one in (namespace, pod):
        assert apply(administrator, one, "other", dry=True).is_success
        # Rolecall owns that annotation of its namespaces.
        for bypass in (*bypasses, *([{"linkerd.io/inject": "disabled"}] if one is pod else [])):
            changed = copy.deepcopy(one)
            changed["metadata"].setdefault("annotations", {}).update(bypass)
            becomes(partial(_refused, administrator, changed, "other"))


def test_the_cluster_refuses_rights_of_everything_in_a_project(
    administrator: httpx.Client, guarded: list[Manifest]
) -> None:
    assert guarded
    group = "rbac.authorization.k8s.io"

    def bound(role: str, *subjects: dict[str, str], kind: str = "RoleBinding") -> Manifest:
        reference = {"apiGroup": group, "kind": "ClusterRole", "name": role}
        place = {"namespace": "dev-fraud"} if kind == "RoleBinding" else {}
        frame = {"apiVersion": f"{group}/v1", "kind": kind, "metadata": {"name": "by-hand", **place}}
        return {**frame, "roleRef": reference, "subjects": [*subjects]}

    def role(*verbs: str, resource: str = "pods") -> Manifest:
        metadata = {"name": "by-hand", "namespace": "dev-fraud"}
        rules = [{"apiGroups": [""], "resources": [resource], "verbs": [*verbs]}]
        return {"apiVersion": f"{group}/v1", "kind": "Role", "metadata": metadata, "rules": rules}

    ada = {"apiGroup": group, "kind": "User", "name": "ada"}
    everybody = {"apiGroup": group, "kind": "Group", "name": "system:authenticated"}
    for bad in (
        bound("cluster-admin", ada),
        bound("view", everybody),
        role("*"),
        role("impersonate"),
        role("get", resource="*"),
    ):
        becomes(partial(_refused, administrator, bad))
    for good in (bound("view", ada), bound("view"), role("get", "list")):
        answer = apply(administrator, good, dry=True)
        assert answer.is_success, answer.text
    account = {"kind": "ServiceAccount", "name": "web", "namespace": "dev-fraud"}
    as_user = {"apiGroup": group, "kind": "User", "name": "system:serviceaccount:dev-fraud:web"}
    together = {"apiGroup": group, "kind": "Group", "name": "system:serviceaccounts:dev-fraud"}
    own = [*project_admission("dev-fraud", "rolecall:acme:cluster", None, "privileged")]
    for one in own:
        apply(administrator, one).raise_for_status()
    for subject in (account, as_user, together, everybody):
        becomes(partial(_refused, administrator, bound("cluster-admin", ada, subject, kind="ClusterRoleBinding")))
    elsewhere = {**account, "namespace": "elsewhere"}
    whole = partial(bound, kind="ClusterRoleBinding")
    for good in (whole("cluster-admin", ada, elsewhere), whole("view", account)):
        answer = apply(administrator, good, dry=True)
        assert answer.is_success, answer.text
    for one in reversed(own):
        administrator.delete(address(one)).raise_for_status()


def test_a_namespace_cannot_leave_the_rules_by_its_label(administrator: httpx.Client, guarded: list[Manifest]) -> None:
    place = address(next(one for one in guarded if one["kind"] == "Namespace"))
    headers = {"Content-Type": "application/merge-patch+json"}
    body = {"metadata": {"labels": {"app.kubernetes.io/managed-by": None}}}

    def refused() -> bool:
        answer = administrator.patch(place, params={"dryRun": "All"}, headers=headers, json=body)
        return answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY and "keep-their-label" in answer.text

    becomes(refused)
    other = {"metadata": {"annotations": {"note": "a"}}}
    assert administrator.patch(place, params={"dryRun": "All"}, headers=headers, json=other).is_success


def certificate(namespace: str, name: str, **spec: Any) -> Manifest:
    content = {"secretName": name, "issuerRef": {"name": "root"}, **spec}
    frame = {"apiVersion": "cert-manager.io/v1", "kind": "Certificate"}
    return {**frame, "metadata": {"name": name, "namespace": namespace}, "spec": content}


ROOT = "root.linkerd.cluster.local"
# Certificates, each with whether the cluster refuses it.
LIVES = (
    (certificate("dev-fraud", "leaf"), False),
    (certificate("dev-fraud", "leaf", duration="8784h"), False),
    (certificate("dev-fraud", "leaf", duration="8784h0m1s"), True),
    (certificate("dev-fraud", "authority", isCA=True), True),
    (certificate("dev-fraud", "authority", isCA=True, duration="87840h"), False),
    (certificate("dev-fraud", "authority", isCA=True, duration="87841h"), True),
    (certificate("linkerd", "linkerd-identity-issuer", isCA=True, duration="48h0m0s"), False),
    (certificate("linkerd", "linkerd-identity-issuer", isCA=True, duration="49h"), True),
    (certificate("linkerd", "other", secretName="linkerd-identity-issuer", duration="49h"), True),
    (certificate("linkerd", "linkerd-identity-issuer", isCA=True), True),
    (certificate("linkerd", "webhook", duration="24h"), False),
    (certificate("default", "anchor", isCA=True, commonName=ROOT, duration="8760h"), False),
    (certificate("default", "anchor", isCA=True, commonName=ROOT, duration="8761h"), True),
    (certificate("default", "anchor", isCA=True, commonName=ROOT), True),
    (certificate("default", "of-others", isCA=True, duration="876000h"), False),
)


def test_the_cluster_refuses_certificates_that_do_not_end(
    administrator: httpx.Client, guarded: list[Manifest], tmp_path: Path
) -> None:
    (tmp_path / "crds").mkdir()
    (tmp_path / "crds" / "certificates.yaml").write_text(CERTIFICATES)
    apply_definitions(administrator, tmp_path / "crds")
    administrator.post("/api/v1/namespaces", json={"metadata": {"name": "linkerd"}})
    for bad in (one for one, refused in LIVES if refused):
        becomes(partial(_refused, administrator, bad))
    for good in (one for one, refused in LIVES if not refused):
        answer = apply(administrator, good, dry=True)
        assert answer.is_success, (good, answer.text)


def _refused(client: httpx.Client, one: Manifest, manager: str = "rolecall") -> bool:
    answer = apply(client, one, manager, dry=True)
    return answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY and "ValidatingAdmissionPolicy" in answer.text


def _holds(live: Any, declared: Any) -> bool:
    """Return whether a live value has everything that is declared; the server adds defaults."""
    if isinstance(declared, dict):
        return isinstance(live, dict) and all(_holds(live.get(key), value) for key, value in declared.items())
    if isinstance(declared, list):
        return isinstance(live, list) and len(live) == len(declared) and all(map(_holds, live, declared))
    return bool(live == declared)
