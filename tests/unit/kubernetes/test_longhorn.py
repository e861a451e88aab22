"""Longhorn's API has no authorization: it is closed by network policies, or it is reported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rolecall.cli.main import app
from rolecall.contract.isolation import not_isolated
from rolecall.systems.kubernetes.longhorn import installations, isolation
from tests.support.cluster_contract import CONTRACT, cluster_contract

Object = dict[str, Any]
POD = {
    "kind": "Pod",
    "metadata": {"name": "m", "namespace": "longhorn-system", "labels": {"app": "longhorn-manager", "x": "y"}},
}
OWN = {"podSelector": {"matchLabels": {"app": "longhorn-ui"}}}
(VOLUMES,) = [line for line in CONTRACT.splitlines() if "sensitivity: confidential}" in line]
WITHOUT_VOLUMES = CONTRACT.replace(f"    persistent_volumes:\n{VOLUMES}\n", "")
WITHOUT_VOLUMES = WITHOUT_VOLUMES.replace("kind: persistent_volume", "kind: job")
CLOSED: Object = {"podSelector": {"matchLabels": {"app": "longhorn-manager"}}, "policyTypes": ["Ingress"]}


def policy(spec: Object, namespace: str = "longhorn-system") -> Object:
    return {"kind": "NetworkPolicy", "metadata": {"name": "p", "namespace": namespace}, "spec": spec}


def found(*specs: Object, namespace: str = "longhorn-system") -> list[str]:
    return [one.reaches for one in isolation([POD, *(policy(spec, namespace) for spec in specs)])]


def rule(source: Object | None, *ports: Object) -> Object:
    sources = {} if source is None else {"from": [source]}
    return {**CLOSED, "ingress": [{**sources, **({"ports": [*ports]} if ports else {})}]}


def test_a_contract_that_closes_no_longhorn_is_not_isolated(tmp_path: Path) -> None:
    assert [*not_isolated(cluster_contract(tmp_path).contract)] == []
    path = tmp_path / "contract.yaml"
    path.write_text(WITHOUT_VOLUMES)
    shown = CliRunner().invoke(app, ["check", str(path)])
    assert shown.exit_code == 0, shown.output
    assert "not isolated" in shown.stderr
    (text,) = json.loads(CliRunner().invoke(app, ["check", str(path), "--format", "json"]).stdout)["not_isolated"]
    assert "cluster lab" in text
    annotation = CliRunner().invoke(app, ["check", str(path), "--format", "github"]).stdout
    assert "not isolated" in annotation
    assert annotation.startswith("::warning")


@pytest.mark.parametrize(("longhorn", "warned"), [(None, True), ("none", False)])
def test_a_contract_states_whether_its_cluster_has_longhorn(tmp_path: Path, longhorn: str | None, warned: bool) -> None:
    text = CONTRACT[: CONTRACT.index("    longhorn:\n")]
    text += (f"    longhorn: {longhorn}\n" if longhorn else "") + CONTRACT[CONTRACT.index("environments:\n") :]
    text = text[: text.index("    persistent_volumes:\n")] + text[text.index("  lonely:\n") :]
    contract = cluster_contract(tmp_path, text).contract
    assert contract.clusters["lab"].longhorn is None
    assert ["does not state whether Longhorn runs there" in one for one in not_isolated(contract)] == [True] * warned


def test_managers_of_longhorn_are_known_by_their_label() -> None:
    other = {"kind": "Pod", "metadata": {"namespace": "default", "labels": {"app": "other"}}}
    assert [*installations([POD, other])] == ["longhorn-system"]


def test_a_cluster_without_longhorn_has_nothing_to_isolate() -> None:
    assert [*isolation([policy(CLOSED)])] == []


@pytest.mark.parametrize(
    "specs",
    [
        [CLOSED],
        [{**CLOSED, "podSelector": {}}],
        [{"podSelector": {}}],
        [rule(OWN)],
        [rule(OWN, {"port": 9500})],
        [rule(None, {"port": 9502})],
        [rule(None, {"port": 9000, "endPort": 9499})],
        [rule(None, {"port": 9500, "protocol": "UDP"})],
        [rule(None, {"port": "webhook"})],
    ],
)
def test_an_api_that_only_its_own_namespace_reaches_is_closed(specs: list[Object]) -> None:
    assert found(*specs) == []


@pytest.mark.parametrize(
    "specs",
    [
        [],
        [{**CLOSED, "podSelector": {"matchLabels": {"app": "other"}}}],
        [{**CLOSED, "policyTypes": ["Egress"]}],
    ],
)
def test_an_api_that_no_policy_selects_is_not_isolated(specs: list[Object]) -> None:
    (reaches,) = found(*specs)
    assert reaches.startswith("not isolated: ")


def test_a_policy_of_another_namespace_isolates_nothing() -> None:
    assert found(CLOSED, namespace="elsewhere")[0].startswith("not isolated: ")


@pytest.mark.parametrize(
    ("spec", "who"),
    [
        (rule(None), "everybody"),
        (rule(None, {"port": 9500}), "everybody"),
        (rule(None, {"port": 9000, "endPort": 9600}), "everybody"),
        (rule(None, {"protocol": "TCP"}), "everybody"),
        (rule(None, {"port": "manager"}), "everybody"),
        (rule({"namespaceSelector": {}}), "all namespaces"),
        (rule({"namespaceSelector": {"matchLabels": {"team": "a"}}}), "namespaces by label"),
        (rule({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "dev"}}}), "namespace dev"),
        (rule({"ipBlock": {"cidr": "10.0.0.0/8"}}), "addresses 10.0.0.0/8"),
    ],
)
def test_who_reaches_it_from_elsewhere_is_named_and_one_policy_that_closes_takes_nothing_back(
    spec: Object, who: str
) -> None:
    for specs in ([spec], [CLOSED, spec]):
        assert found(*specs) == [f"open to {who}: each pod there may read and delete each volume"]


def test_a_namespace_of_administrators_may_reach_it() -> None:
    spec = rule({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}})
    live = [POD, policy(CLOSED), policy(spec)]
    assert len([*isolation(live)]) == 1
    assert [*isolation(live, {"namespace monitoring"})] == []
    # What is open to everybody, or not isolated at all, is permitted to nobody.
    assert len([*isolation([*live, policy(rule(None))], {"namespace monitoring"})]) == 1
    assert len([*isolation([POD], {"namespace monitoring"})]) == 1
