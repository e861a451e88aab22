"""The mesh's certificates from the contract: cert-manager's and trust-manager's objects, in the account's stack."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rolecall.cli.main import app
from rolecall.compiled import CompiledContract
from rolecall.deploy.clusters import ClusterChecks
from rolecall.deploy.recorded_clusters import RecordedClusters
from rolecall.errors import InvalidContract
from rolecall.slices.part import part_of
from rolecall.slices.slice import layers_of, slice_named
from rolecall.systems.kubernetes.mesh.certificates import certificate_findings
from rolecall.systems.kubernetes.mesh.declared_certificates import certificate_manifests
from tests.support.cluster_contract import CONTRACT, cluster_contract
from tests.support.contracts import VARIABLES
from tests.support.declared import declared, everything_found
from tests.unit.deploy.test_clusters import Cluster
from tests.unit.kubernetes.test_certificates import BOUNDS, FINE, NOW

OBJECT = "rolecall:kubernetes:Object"
MESH = "mesh: {probe_networks: [10.9.0.0/16]}"
LIVES = "issuer_life: 48h, anchor_life: 3650d"
Object = dict[str, Any]


def with_certificates(folder: Path, more: str = "cert_manager: {}") -> CompiledContract:
    text = CONTRACT.replace(MESH, f"{MESH[:-1]}, certificates: {{{LIVES}, {more}}}}}")
    assert text != CONTRACT
    return cluster_contract(folder, text)


def test_the_accounts_stack_declares_objects_in_order_of_their_references(tmp_path: Path) -> None:
    compiled = with_certificates(tmp_path)
    found = [*declared(compiled, "account").of(OBJECT).values()]
    assert [(one["kind"], one.get("namespace", ""), one["name"]) for one in found] == [
        ("ValidatingAdmissionPolicy", "", "rolecall-mesh-issuer"),
        ("ValidatingAdmissionPolicyBinding", "", "rolecall-mesh-issuer"),
        ("Issuer", "cert-manager", "linkerd-trust-anchor"),
        ("Certificate", "cert-manager", "linkerd-trust-anchor"),
        ("ClusterIssuer", "", "linkerd-trust-anchor"),
        ("Bundle", "", "linkerd-identity-trust-roots"),
        ("Certificate", "linkerd", "linkerd-identity-issuer"),
    ]
    assert {one["managedBy"] for one in found} == {"rolecall:acme:cluster"}
    assert {one["context"] for one in found} == {"lab"}
    of_project = {one["kind"] for one in declared(compiled, "dev.fraud").of(OBJECT).values()}
    assert not of_project & {"Issuer", "Certificate", "ClusterIssuer", "Bundle"}


def specs(compiled: CompiledContract) -> dict[str, Object]:
    found = certificate_manifests(compiled.contract, "lab")
    return {f"{one['kind']} {one['metadata']['name']}": one["spec"] for one in found}


def test_lives_names_and_keys_match_the_contract(tmp_path: Path) -> None:
    found = specs(with_certificates(tmp_path, "cert_manager: {namespace: certs, previous_anchor: before}"))
    anchor, issuer = found["Certificate linkerd-trust-anchor"], found["Certificate linkerd-identity-issuer"]
    assert (anchor["duration"], anchor["renewBefore"]) == ("87600h", "1314000m")
    assert (issuer["duration"], issuer["renewBefore"]) == ("48h", "1440m")
    assert issuer["secretName"] == "linkerd-identity-issuer"
    assert (anchor["commonName"], issuer["commonName"]) == (
        "root.linkerd.cluster.local",
        "identity.linkerd.cluster.local",
    )
    for one in (anchor, issuer):
        assert one["isCA"]
        assert one["privateKey"]["algorithm"] == "ECDSA"
    assert issuer["issuerRef"]["kind"] == "ClusterIssuer"
    bundle = found["Bundle linkerd-identity-trust-roots"]
    assert [one["secret"]["name"] for one in bundle["sources"]] == ["linkerd-trust-anchor", "before"]
    assert bundle["target"]["namespaceSelector"] == {"matchLabels": {"kubernetes.io/metadata.name": "linkerd"}}


def test_another_tool_gets_them_with_the_objects_of_an_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    with_certificates(tmp_path)
    whole = ["manifests", "--environment", "dev", "--format", "json", str(tmp_path / "contract.yaml")]
    for arguments, written in ((whole, True), ([*whole, "--project", "fraud"], False)):
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, result.output
        kinds = {one["manifest"]["kind"] for one in json.loads(result.stdout)["manifests"]}
        assert ({"Certificate", "ClusterIssuer", "Bundle"} <= kinds) is written


def test_certificates_that_are_only_watched_declare_nothing(tmp_path: Path) -> None:
    anchors = f"anchors: ['{':'.join(['0A'] * 32)}']"
    compiled = with_certificates(tmp_path, anchors)
    assert certificate_manifests(compiled.contract, "lab") == []
    assert declared(compiled, "account").of(OBJECT) == {}


def test_anchors_may_be_omitted_only_if_rolecall_declares_the_first(tmp_path: Path) -> None:
    with pytest.raises(InvalidContract, match="`anchors` has no fingerprint"):
        with_certificates(tmp_path, "issuer: linkerd-identity-issuer")


def test_a_contract_that_shares_nothing_else_has_a_stack_for_certificates(tmp_path: Path) -> None:
    assert "account" in {one.stack for layer in layers_of(with_certificates(tmp_path).contract) for one in layer}


@pytest.mark.parametrize("lacks", ["Bundle", "ClusterIssuer", "cert-manager", "linkerd"])
def test_missing_definitions_and_namespaces_are_errors_before_anything_is_changed(tmp_path: Path, lacks: str) -> None:
    compiled = with_certificates(tmp_path)
    part = part_of(compiled, slice_named(compiled.contract, "account"), everything_found(compiled.contract))
    checks = ClusterChecks(lambda _: Cluster(lacks))
    found = checks.errors({"account": part}, RecordedClusters(), writes=True)
    assert [lacks in error.what for error in found["account"]] == [True]


def certificate(
    namespace: str, name: str, kind: str = "Certificate", issuer_name: str = "linkerd-trust-anchor"
) -> Object:
    issuer = {"kind": "ClusterIssuer", "name": issuer_name}
    return {"kind": kind, "metadata": {"namespace": namespace, "name": name}, "spec": {"issuerRef": issuer}}


OWN = {**certificate("linkerd", "linkerd-identity-issuer"), "status": (FINE.issuer or {})["status"]}
REQUEST = certificate("linkerd", "linkerd-identity-issuer-1", "CertificateRequest")
REQUEST["metadata"]["annotations"] = {"cert-manager.io/certificate-name": "linkerd-identity-issuer"}


@pytest.mark.parametrize(
    ("one", "shown"),
    [
        (OWN, ""),
        (REQUEST, ""),
        (certificate("dev-fraud", "web", issuer_name="other"), ""),
        (certificate("dev-fraud", "web"), "Certificate dev-fraud/web"),
        (certificate("dev-fraud", "web", "CertificateRequest"), "CertificateRequest dev-fraud/web"),
        (certificate("linkerd", "second"), "Certificate linkerd/second"),
    ],
)
@pytest.mark.parametrize("declares", [False, True])
def test_a_certificate_that_the_meshs_cluster_issuer_signs_beside_the_issuer_is_found(
    one: Object, shown: str, declares: bool
) -> None:
    seen = replace(FINE, issuer=OWN, signed=(one,), anchor_issuer="linkerd-trust-anchor" if declares else "")
    found = [each.what for each in certificate_findings(seen, BOUNDS, NOW)]
    assert [what.partition(" is signed")[0] for what in found] == ([shown] if shown else [])
