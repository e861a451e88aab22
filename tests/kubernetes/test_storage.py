"""Volumes on a real API server: access to claims, and the cluster's admission rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from rolecall.local.api_server import ApiServer
from rolecall.systems.connections import forget_all
from rolecall.systems.kubernetes.client import allowed, cluster
from rolecall.systems.kubernetes.declared_objects import declared_objects
from rolecall.systems.kubernetes.governed_object import GovernedObject, ObjectInputs
from rolecall.systems.kubernetes.manifests import callers_of
from rolecall.systems.resource import read_live
from tests.support.cluster_contract import CONTRACT, cluster_contract
from tests.support.waiting import becomes

OBJECT = GovernedObject()
# An organization and a project of its own: objects of other tests stay on the server.
TEXT = CONTRACT.replace("organization: acme", "organization: stored").replace("  fraud:\n", "  store:\n")
NAMESPACE = "dev-store"
Refusal = str | None


@pytest.fixture(autouse=True)
def _context(server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    path = server.kubeconfig(tmp_path / "kubeconfig", {"lab": "deployer"})
    monkeypatch.setenv("KUBECONFIG", str(path))
    forget_all()
    yield
    forget_all()


def wanted(folder: Path, *changes: tuple[str, str]) -> list[ObjectInputs]:
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    compiled = cluster_contract(folder, text)
    contract, access = compiled.contract, compiled.access
    found = declared_objects(contract, access, "dev", "store", callers_of(contract, access, "dev", "store"))
    return [ObjectInputs.model_validate(dict(one.properties)) for one in found]


@pytest.fixture
def applied(administrator: httpx.Client, tmp_path: Path) -> list[ObjectInputs]:
    found = wanted(tmp_path)
    for one in found:
        OBJECT.create(one)
    becomes(lambda: refusal(administrator, claim("warm-up", "none")) is not None)
    return found


def refusal(client: httpx.Client, body: Mapping[str, Any], namespace: str = NAMESPACE) -> Refusal:
    """Return why the server refuses an object; None where it would be made. Nothing is."""
    plural = {"Pod": "pods", "PersistentVolumeClaim": "persistentvolumeclaims"}.get(str(body["kind"]))
    base = "/api/v1"
    if plural is None:
        base, plural = f"/apis/{body['apiVersion']}", f"{str(body['kind']).lower()}s".replace("policys", "policies")
    answer = client.post(f"{base}/namespaces/{namespace}/{plural}", params={"dryRun": "All"}, json=body)
    assert answer.status_code in (httpx.codes.CREATED, httpx.codes.UNPROCESSABLE_ENTITY), answer.text
    return None if answer.is_success else str(answer.json()["message"])


def claim(name: str, storage_class: str | None) -> dict[str, Any]:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    more = {} if storage_class is None else {"storageClassName": storage_class}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": {**spec, **more}}


def pod(account: str | None, volume: Mapping[str, Any]) -> dict[str, Any]:
    containers = [{"name": "one", "image": "one"}]
    who = {} if account is None else {"serviceAccountName": account}
    spec = {"containers": containers, "volumes": [{"name": "data", **volume}], **who}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one"}, "spec": spec}


def mounts(name: str, *, read_only: bool = False) -> dict[str, Any]:
    return {"persistentVolumeClaim": {"claimName": name, **({"readOnly": True} if read_only else {})}}


def test_the_server_answers_who_may_do_what_with_a_claim(applied: list[ObjectInputs]) -> None:
    assert applied
    client = cluster("lab")
    everybody = ["system:authenticated"]

    def verbs(user: str, *groups: str, name: str = "features") -> set[str]:
        attributes = {"namespace": NAMESPACE, "resource": "persistentvolumeclaims", "name": name}
        return {
            verb
            for verb in ("get", "list", "patch", "update", "delete", "create")
            if allowed(client, user, [*groups, *everybody], {**attributes, "verb": verb})
        }

    becomes(lambda: verbs("", "oidc:emergency") == {"get", "patch", "update", "delete"})
    assert verbs("", "oidc:engineers") == {"get"}
    assert verbs("", "engineers") == set()
    assert verbs("", "oidc:engineers", name="other") == set()
    assert verbs(f"system:serviceaccount:{NAMESPACE}:batch") == {"get", "patch", "update"}
    assert verbs(f"system:serviceaccount:{NAMESPACE}:scorer") == set()


def test_the_cluster_refuses_a_claim_without_the_projects_encrypted_class(
    administrator: httpx.Client, applied: list[ObjectInputs]
) -> None:
    assert applied
    own = "dev-store-confidential"
    assert refusal(administrator, claim("features", own)) is None
    assert refusal(administrator, claim("another", own)) is None
    for body in (claim("features", "longhorn"), claim("another", "longhorn"), claim("another", None)):
        assert "encrypted storage class" in (refusal(administrator, body) or "")
    # Its key and its backups are the project's.
    becomes(lambda: "only claims of namespace dev-store" in (refusal(administrator, claim("x", own), "default") or ""))
    assert refusal(administrator, claim("x", "longhorn"), "default") is None


def test_the_cluster_refuses_copies_of_a_claim_of_the_contract(
    administrator: httpx.Client, applied: list[ObjectInputs]
) -> None:
    assert applied

    def copy(name: str, kind: str, source: str, field: str = "dataSource") -> str | None:
        group = {} if kind == "PersistentVolumeClaim" else {"apiGroup": "snapshot.storage.k8s.io"}
        body = claim(name, "dev-store-confidential")
        return refusal(
            administrator, {**body, "spec": {**body["spec"], field: {**group, "kind": kind, "name": source}}}
        )

    for field in ("dataSource", "dataSourceRef"):
        assert "no claim is a copy" in (copy("another", "PersistentVolumeClaim", "features", field) or "")
        assert "no claim is a copy" in (copy("another", "VolumeSnapshot", "of-features", field) or "")
        assert copy("another", "PersistentVolumeClaim", "unnamed", field) is None
        assert copy("features", "VolumeSnapshot", "of-features", field) is None


def test_the_cluster_refuses_pods_whose_service_account_may_not_mount_a_claim(
    administrator: httpx.Client, applied: list[ObjectInputs]
) -> None:
    assert applied
    writes, reads, none = "batch", "web", "scorer"
    for read_only in (False, True):
        assert refusal(administrator, pod(writes, mounts("features", read_only=read_only))) is None
        for account in (none, None):
            found = refusal(administrator, pod(account, mounts("features", read_only=read_only)))
            assert "may not mount this claim" in (found or "")
    assert refusal(administrator, pod(reads, mounts("features", read_only=True))) is None
    assert "read-only" in (refusal(administrator, pod(reads, mounts("features"))) or "")
    assert refusal(administrator, pod(none, mounts("unnamed"))) is None
    assert refusal(administrator, pod(none, {"emptyDir": {}})) is None
    assert "no access to its node" in (refusal(administrator, pod(writes, {"hostPath": {"path": "/var"}})) or "")


def test_the_cluster_refuses_pods_that_reach_their_node_or_a_key(
    administrator: httpx.Client, applied: list[ObjectInputs]
) -> None:
    assert applied

    def answer(container: Mapping[str, Any], field: str = "containers", of_node: str = "") -> str:
        made = pod("batch", {"emptyDir": {}})
        one = {"name": "linkerd-init", "image": "one", **container}
        made["spec"] |= {
            field: [*(made["spec"][field] if field == "containers" else []), one],
            **({of_node: True} if of_node else {}),
        }
        return refusal(administrator, made) or ""

    assert answer({"securityContext": {"capabilities": {"add": ["NET_ADMIN", "NET_RAW"]}}}, "initContainers") == ""
    assert answer({"securityContext": {"privileged": False}, "env": [{"name": "a", "value": "b"}]}) == ""
    for of_node in ("hostNetwork", "hostPID", "hostIPC"):
        assert "no access to its node" in answer({}, of_node=of_node)
    for settings in ({"privileged": True}, {"capabilities": {"add": ["SYS_ADMIN"]}}):
        for field in ("containers", "initContainers"):
            assert "no access to its node" in answer({"securityContext": settings}, field)
    key, refused = "volume-key-confidential", "no Secret with the key"
    reference = {"name": "K", "valueFrom": {"secretKeyRef": {"name": key, "key": "CRYPTO_KEY_VALUE"}}}
    for environment in ({"env": [reference]}, {"envFrom": [{"secretRef": {"name": key}}]}):
        for field in ("containers", "initContainers"):
            assert refused in answer(environment, field)
    projected = {"projected": {"sources": [{"secret": {"name": key}}]}}
    for volume in ({"secret": {"secretName": key}}, projected):
        assert refused in (refusal(administrator, pod("batch", volume)) or "")
    for volume in ({"secret": {"secretName": "other"}}, {"projected": {"sources": [{"secret": {"name": "other"}}]}}):
        assert refusal(administrator, pod("batch", volume)) is None


def test_the_cluster_refuses_containers_that_are_added_to_a_running_pod_with_rights_on_its_node(
    administrator: httpx.Client, applied: list[ObjectInputs]
) -> None:
    assert applied
    place = f"/api/v1/namespaces/{NAMESPACE}/pods"
    made = pod("batch", {"emptyDir": {}})
    made["metadata"]["name"] = "running"
    administrator.post(place, json=made).raise_for_status()
    try:
        for settings, code in (({}, httpx.codes.OK), ({"privileged": True}, httpx.codes.UNPROCESSABLE_ENTITY)):
            one = {"name": "debugger", "image": "one", "securityContext": settings}
            answer = administrator.patch(
                f"{place}/running/ephemeralcontainers",
                params={"dryRun": "All"},
                headers={"Content-Type": "application/strategic-merge-patch+json"},
                json={"spec": {"ephemeralContainers": [one]}},
            )
            assert answer.status_code == code, answer.text
            assert code == httpx.codes.OK or "no access to its node" in answer.text
    finally:
        administrator.delete(f"{place}/running", params={"gracePeriodSeconds": 0}).raise_for_status()


def test_a_namespace_keeps_its_level_of_pod_security(administrator: httpx.Client, applied: list[ObjectInputs]) -> None:
    assert applied
    key = "pod-security.kubernetes.io/enforce"
    for value in (None, "restricted"):
        answer = administrator.patch(
            f"/api/v1/namespaces/{NAMESPACE}",
            params={"dryRun": "All"},
            headers={"Content-Type": "application/merge-patch+json"},
            json={"metadata": {"labels": {key: value}}},
        )
        assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
        assert f"the label {key} is privileged" in answer.text


def test_the_cluster_refuses_policies_that_break_the_rules(
    administrator: httpx.Client, applied: list[ObjectInputs]
) -> None:
    assert applied
    target = {"group": "policy.linkerd.io", "kind": "Server", "name": "probed"}
    body = {
        "apiVersion": "policy.linkerd.io/v1alpha1",
        "kind": "AuthorizationPolicy",
        "metadata": {"name": "by-hand"},
        "spec": {"targetRef": target, "requiredAuthenticationRefs": []},
    }
    assert "admits every client" in (refusal(administrator, body) or "")
    assert refusal(administrator, body, "default") is None
    marks = {"metadata": {"labels": {"app.kubernetes.io/managed-by": None}}}
    headers = {"Content-Type": "application/merge-patch+json"}
    dry = {"dryRun": "All"}
    answer = administrator.patch(f"/api/v1/namespaces/{NAMESPACE}", params=dry, headers=headers, json=marks)
    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert "stays" in answer.json()["message"]


def test_a_class_with_other_settings_is_made_again(
    administrator: httpx.Client, applied: list[ObjectInputs], tmp_path: Path
) -> None:
    (before,) = (one for one in applied if one.kind == "StorageClass")
    changed = wanted(tmp_path, ("sensitivities:\n        internal", "sensitivities:\n        other"))
    (same,) = (one for one in changed if one.kind == "StorageClass")
    assert same == before
    changed = wanted(tmp_path, ("        confidential:\n", "        confidential:\n          replicas: 2\n"))
    (after,) = (one for one in changed if one.kind == "StorageClass")
    made = OBJECT.create(before)
    OBJECT.check(after)
    OBJECT.update(made.id, before, after)
    live = read_live(OBJECT, made.id, after)
    assert live is not None
    assert live.inputs.model_copy(update={"overrules": after.overrules}) == after
    path = "/apis/storage.k8s.io/v1/storageclasses/dev-store-confidential"
    assert administrator.get(path).json()["parameters"]["numberOfReplicas"] == "2"


def test_what_longhorn_writes_into_its_objects_is_no_difference(
    administrator: httpx.Client, applied: list[ObjectInputs]
) -> None:
    (target,) = (one for one in applied if one.kind == "BackupTarget")
    made = OBJECT.create(target)
    path = "/apis/longhorn.io/v1beta2/namespaces/longhorn-system/backuptargets/dev-store"
    headers = {"Content-Type": "application/merge-patch+json"}
    params = {"fieldManager": "longhorn-manager"}
    asked: dict[str, Any] = {
        "spec": {"syncRequestedAt": "2026-01-01T00:00:00Z"},
        "metadata": {"finalizers": ["longhorn.io"]},
    }
    administrator.patch(path, params=params, headers=headers, json=asked).raise_for_status()
    assert read_live(OBJECT, made.id, target) == made
    moved = {"spec": {"backupTargetURL": "s3://elsewhere@eu/"}}
    administrator.patch(path, params=params, headers=headers, json=moved).raise_for_status()
    live = read_live(OBJECT, made.id, target)
    assert live is not None
    assert live.inputs != target
    administrator.patch(path, headers=headers, json={"metadata": {"finalizers": None}}).raise_for_status()
    administrator.delete(path).raise_for_status()
