"""The API server of tests is a real one: it admits, validates and authorizes."""

from __future__ import annotations

import os
from pathlib import Path

import httpx
import pytest

from rolecall.local.api_server import ApiServer
from rolecall.systems.kubernetes import rights
from rolecall.systems.kubernetes.accounts import accounts_in
from rolecall.systems.kubernetes.api_kinds import ROLES
from rolecall.systems.kubernetes.client import cluster
from rolecall.systems.kubernetes.inside import inside_of
from rolecall.systems.kubernetes.own_rights import are_own_verbs, own_rules
from rolecall.systems.kubernetes.rbac import Rbac
from rolecall.systems.kubernetes.rights import rights_on
from rolecall.systems.kubernetes.storage.reading import Volumes, holders_of
from rolecall.toolchain import versions
from tests.support.cluster_contract import cluster_contract
from tests.support.waiting import becomes

POLICIES = "/apis/policy.linkerd.io"


def test_it_is_the_pinned_version(administrator: httpx.Client) -> None:
    assert administrator.get("/version").json()["gitVersion"] == f"v{versions.KUBERNETES}"


def test_it_refuses_whoever_shows_no_token_and_listens_on_loopback_only(server: ApiServer) -> None:
    with server.client() as client:
        del client.headers["Authorization"]
        assert client.get("/api/v1/namespaces").status_code == httpx.codes.UNAUTHORIZED
    assert server.address.startswith("https://127.0.0.1:")


def test_it_ends_with_the_process_that_started_it(server: ApiServer) -> None:
    assert len(server.processes) == 2
    assert {os.getpgid(one.pid) for one in server.processes} == {server.watchdog.pid}


def test_rights_are_those_of_rbac(server: ApiServer, administrator: httpx.Client, namespace: str) -> None:
    review = {
        "spec": {
            "user": "reader",
            "resourceAttributes": {"namespace": namespace, "verb": "get", "resource": "secrets"},
        }
    }
    address = "/apis/authorization.k8s.io/v1/subjectaccessreviews"

    def is_allowed() -> bool:
        return bool(administrator.post(address, json=review).raise_for_status().json()["status"]["allowed"])

    assert not is_allowed()
    group = "rbac.authorization.k8s.io"
    role = {"metadata": {"name": "secrets"}, "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]}
    binding = {
        "metadata": {"name": "secrets"},
        "roleRef": {"apiGroup": group, "kind": "Role", "name": "secrets"},
        "subjects": [{"apiGroup": group, "kind": "User", "name": "reader"}],
    }
    for kind, body in (("roles", role), ("rolebindings", binding)):
        administrator.post(f"/apis/{group}/v1/namespaces/{namespace}/{kind}", json=body).raise_for_status()
    # The authorizer learns of a new binding by watching.
    becomes(is_allowed)
    with server.client("reader") as client:
        assert client.get(f"/api/v1/namespaces/{namespace}/secrets").status_code == httpx.codes.FORBIDDEN
        assert client.get(f"/api/v1/namespaces/{namespace}/secrets/none").status_code == httpx.codes.NOT_FOUND


def test_default_rights_of_the_server_are_not_reported(
    administrator: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rights, "permitted", lambda *_: iter(()))
    found = []
    for kind in ROLES:
        for one in administrator.get(kind.everywhere).raise_for_status().json()["items"]:
            # Other tests bind roles on this server too.
            labels = one["metadata"].get("labels") or {}
            if labels.get("kubernetes.io/bootstrapping") == "rbac-defaults":
                found.append({**one, "kind": kind.name})
    compiled = cluster_contract(tmp_path)
    contract, given = compiled.contract, compiled.access
    inside = inside_of(contract, given, "lab", "dev", ["fraud"], [*accounts_in(contract, "dev")])
    assert rights_on(contract, cluster("lab"), inside, Rbac.of(found)) == []
    volumes = Volumes("dev-fraud", {one.key: one for one in inside.volumes["dev-fraud"]}, {}, ())
    reached = holders_of(Rbac.of(found), volumes)["features"]
    assert reached
    for (holder, binding), verbs in reached.items():
        assert are_own_verbs(own_rules(contract, "lab", holder, binding), verbs, "persistentvolumeclaims"), binding


def test_linkerds_definitions_are_its_own(administrator: httpx.Client, namespace: str) -> None:
    """The default of `accessPolicy` and the choice of one selector are in Linkerd's definition of Server."""
    address = f"{POLICIES}/v1beta3/namespaces/{namespace}/servers"
    selector = {"matchLabels": {"app": "scorer"}}
    spec = {"podSelector": selector, "port": 8080}
    body = {"apiVersion": "policy.linkerd.io/v1beta3", "kind": "Server", "metadata": {"name": "scorer"}, "spec": spec}
    made = administrator.post(address, json=body).raise_for_status().json()
    assert made["spec"]["accessPolicy"] == "deny"
    both = {**body, "metadata": {"name": "both"}, "spec": {**spec, "externalWorkloadSelector": selector}}
    assert administrator.post(address, json=both).status_code == httpx.codes.UNPROCESSABLE_ENTITY
