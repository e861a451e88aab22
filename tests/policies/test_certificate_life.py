"""Lives of certificates in a cluster: durations in Go's format, and the contract's limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from rolecall.contract.cluster import Certificates, Mesh
from rolecall.policies import compliant
from rolecall.policies.properties import Properties
from rolecall.policies.resource import Resource
from rolecall.policies.rules.kubernetes.certificate_life_is_bounded import RULE, length
from rolecall.policies.types import KUBERNETES_OBJECT
from tests.policies.example import CONTEXT

DECLARED = Certificates(anchors=[":".join(["0A"] * 32)], issuer_life="48h", anchor_life="365d", issuer="own")
MESHES = {"lab": Mesh(control_plane="mesh", certificates=DECLARED)}


def found(meshes: dict[str, Mesh], name: str, namespace: str, **spec: Any) -> list[str]:
    values = {**compliant.CERTIFICATE, "name": name, "namespace": namespace, "content": {"spec": spec}}
    one = Resource(KUBERNETES_OBJECT, name, "prod", Properties(values), values)
    return [each.allowed for each in RULE.findings(one, replace(CONTEXT, meshes=meshes))]


@pytest.mark.parametrize(
    ("written", "hours"),
    [("48h", 48.0), ("48h0m0s", 48.0), ("1.5h", 1.5), ("90m", 1.5), (".5h", 0.5), ("3600000ms", 1.0)],
)
def test_a_life_is_read_as_go_writes_it(written: str, hours: float) -> None:
    assert length(written) == timedelta(hours=hours)


@pytest.mark.parametrize("written", ["", "48", "48 h", "-48h", "2d", "1h,", "h", None, 48, "9" * 400 + "h", "1h\n"])
def test_what_is_no_life_is_none(written: object) -> None:
    assert length(written) is None


@pytest.mark.parametrize(
    ("name", "namespace", "spec", "allowed"),
    [
        ("own", "mesh", {"isCA": True, "duration": "49h"}, "48h"),
        ("own", "mesh", {"isCA": True}, "48h"),
        # Without the mark of an authority, the control plane would use it all the same.
        ("own", "mesh", {"duration": "49h"}, "48h"),
        ("other", "mesh", {"secretName": "linkerd-identity-issuer", "duration": "49h"}, "48h"),
        ("other", "mesh", {"secretName": "own", "duration": "49h"}, "48h"),
        ("anchor", "mesh", {"isCA": True, "duration": "8761h"}, "8760h"),
        ("anchor", "cert-manager", {"isCA": True}, "8760h"),
        ("anchor", "cert-manager", {"isCA": "true", "duration": "8761h"}, "8760h"),
        ("leaf", "prod-churn", {"duration": "8785h"}, "8784h"),
    ],
)
def test_longer_lives_than_those_of_the_contract_are_found(
    name: str, namespace: str, spec: dict[str, Any], allowed: str
) -> None:
    (text,) = found(MESHES, name, namespace, **spec)
    assert f"at most {allowed}:" in text


@pytest.mark.parametrize(
    ("name", "namespace", "spec"),
    [
        ("own", "mesh", {"isCA": True, "duration": "48h"}),
        ("anchor", "cert-manager", {"isCA": True, "duration": "8760h"}),
        ("leaf", "prod-churn", {"duration": "8784h"}),
        ("leaf", "prod-churn", {}),
    ],
)
def test_lives_of_the_contract_are_fine(name: str, namespace: str, spec: dict[str, Any]) -> None:
    assert found(MESHES, name, namespace, **spec) == []


def test_a_cluster_that_the_contract_does_not_know_has_the_general_bounds() -> None:
    assert found({}, "linkerd-identity-issuer", "linkerd", isCA=True, duration="8785h")
    assert found({}, "linkerd-identity-issuer", "linkerd", isCA=True, duration="8784h") == []
    assert found({}, "anchor", "cert-manager", isCA=True, duration="87841h")


def test_a_number_without_a_unit_is_searched_once() -> None:
    """It was searched anew from each of its digits."""
    assert length("0" * 100_000) is None
    assert length("1.5.5h") is None
    assert length("2h.5m") == timedelta(hours=2, seconds=30)
