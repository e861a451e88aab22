"""From the contract to a real API server and back: what is applied is equal, and each back door is found."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from rolecall.cli.main import app
from rolecall.errors import ExitCode
from rolecall.systems.kubernetes.lists import LISTS
from rolecall.systems.kubernetes.manifests import manifests
from tests.kubernetes.test_manifests import address, apply
from tests.support.cluster_contract import CONTRACT, cluster_contract
from tests.support.contracts import VARIABLES
from tests.support.mesh_controller import accept_route

Manifest = dict[str, Any]
# An organization and projects of its own: the server keeps what other tests have applied.
TEXT = CONTRACT.replace("organization: acme", "organization: other")
TEXT = TEXT.replace("  fraud:\n", "  churn:\n").replace("  lonely:\n", "  lone:\n")
POLICIES = "/apis/policy.linkerd.io/v1alpha1/namespaces/dev-churn"


@pytest.fixture
def contract(tmp_path: Path, administrator: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A contract of which everything is applied in dev, as Linkerd's controller leaves it."""
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    compiled = cluster_contract(tmp_path, TEXT)
    for project in compiled.contract.projects:
        for one in manifests(compiled.contract, compiled.access, "dev", project):
            apply(administrator, one).raise_for_status()
            if one["kind"] == "HTTPRoute":
                accept_route(administrator, address(one), one)
    return tmp_path / "contract.yaml"


def _lists(client: httpx.Client, folder: Path) -> list[str]:
    """Write the API's lists as `kubectl get --raw` does; the server here has no GRPCRoutes."""
    files = []
    for number, one in enumerate(LISTS):
        path = one.path.replace("gateway.networking.k8s.io/v1/", "gateway.networking.k8s.io/v1beta1/")
        answer = client.get(path)
        if one.gateway and answer.status_code == httpx.codes.NOT_FOUND:
            text = json.dumps({"kind": f"{one.kind}List", "apiVersion": f"{one.group}/v1", "metadata": {}, "items": []})
        else:
            text = answer.raise_for_status().text
        file = folder / f"{number}.json"
        file.write_text(text, encoding="utf-8")
        files.append(str(file))
    return files


def _mesh(client: httpx.Client, contract: Path, *, code: ExitCode) -> list[dict[str, str]]:
    files = _lists(client, contract.parent)
    result = CliRunner().invoke(app, ["mesh", *files, "-e", "dev", "-c", str(contract), "-f", "json"])
    assert result.exit_code == code, result.output
    found: list[dict[str, str]] = json.loads(result.stdout)["findings"]
    return found


def test_what_is_applied_is_what_the_contract_says(administrator: httpx.Client, contract: Path) -> None:
    assert _mesh(administrator, contract, code=ExitCode.FINE) == []


def _policy(client: httpx.Client) -> str:
    spec = {
        "targetRef": {"group": "policy.linkerd.io", "kind": "Server", "name": "probed"},
        "requiredAuthenticationRefs": [{"kind": "ServiceAccount", "name": "intruder", "namespace": "kube-system"}],
    }
    body = {"metadata": {"name": "by-hand"}, "spec": spec}
    body |= {"apiVersion": "policy.linkerd.io/v1alpha1", "kind": "AuthorizationPolicy"}
    client.post(f"{POLICIES}/authorizationpolicies", json=body).raise_for_status()
    return f"{POLICIES}/authorizationpolicies/by-hand"


def _isolation(client: httpx.Client) -> str:
    spec = {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{}]}
    body = {"metadata": {"name": "open"}, "spec": spec}
    place = "/apis/networking.k8s.io/v1/namespaces/dev-churn/networkpolicies"
    client.post(place, json=body).raise_for_status()
    return f"{place}/open"


def _pod(client: httpx.Client) -> str:
    metadata = {"name": "bare", "labels": {"app": "probed"}}
    body = {"metadata": metadata, "spec": {"containers": [{"name": "app", "image": "app"}]}}
    client.post("/api/v1/namespaces/dev-churn/pods", json=body).raise_for_status()
    return "/api/v1/namespaces/dev-churn/pods/bare?gracePeriodSeconds=0"


@pytest.mark.parametrize(
    ("by_hand", "kind", "what"),
    [
        (_policy, "extra", "AuthorizationPolicy by-hand"),
        (_isolation, "extra", "network policy open"),
        (_pod, "extra", "outside of the mesh"),
    ],
    ids=["policy", "network policy", "pod"],
)
def test_a_back_door_is_found_and_named(
    administrator: httpx.Client, contract: Path, by_hand: Callable[[httpx.Client], str], kind: str, what: str
) -> None:
    made = by_hand(administrator)
    try:
        found = _mesh(administrator, contract, code=ExitCode.FINDINGS)
        assert any(one["kind"] == kind and what in one["what"] for one in found), found
    finally:
        administrator.delete(made).raise_for_status()
    assert _mesh(administrator, contract, code=ExitCode.FINE) == []


def test_a_grant_that_is_deleted_by_hand_is_missing(administrator: httpx.Client, contract: Path) -> None:
    administrator.delete(f"{POLICIES}/authorizationpolicies/routed.callers").raise_for_status()
    found = _mesh(administrator, contract, code=ExitCode.FINDINGS)
    assert [(one["kind"], one["service"]) for one in found] == [("missing", "routed")]
    assert "web.dev-churn" in found[0]["client"]
