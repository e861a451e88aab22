"""Network policies of other APIs can admit traffic that Kubernetes' policies deny: access to pods is then unknown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from rolecall.errors import SystemRefused
from rolecall.systems.kubernetes.client import Cluster
from rolecall.systems.kubernetes.other_policies import KINDS, other_policies

SPACES = {"dev-fraud"}


class Served(Cluster):
    """A cluster with lists of some paths; a path with None is forbidden."""

    def __init__(self, lists: Mapping[str, Any], refused: str = "") -> None:
        super().__init__("lab")
        self._paths, self._refused = lists, refused

    def one(self, path: str, **_: str | int) -> Any:
        if self._refused and path.endswith(self._refused):
            raise SystemRefused("forbidden", "")
        group = path.split("/")[2]
        plurals = [one.rpartition("/")[2] for one in self._paths if one.split("/")[2] == group]
        if not plurals:
            return None
        if path == f"/apis/{group}":
            return {"versions": [{"groupVersion": f"{group}/v1"}]}
        return {"resources": [{"name": one} for one in plurals]}

    def every(self, path: str) -> list[Any]:
        return list(self._paths[path])


def named(name: str, namespace: str = "") -> dict[str, Any]:
    return {"metadata": {"name": name, **({"namespace": namespace} if namespace else {})}}


def texts(cluster: Cluster) -> list[tuple[str, str]]:
    return [(one.kind.value, one.text) for one in other_policies(cluster, SPACES)]


def test_a_cluster_without_other_policies_is_known() -> None:
    assert texts(Served({})) == []
    assert texts(Served({"/apis/cilium.io/v1/ciliumnetworkpolicies": []})) == []


@pytest.mark.parametrize(
    ("group", "plural", "of_cluster"), [(group, *one) for group, kinds in KINDS.items() for one in kinds]
)
def test_policies_that_may_select_a_project_are_unknown(group: str, plural: str, of_cluster: bool) -> None:
    path = f"/apis/{group}/v1/{plural}"
    ((kind, text),) = texts(Served({path: [named("opens", "" if of_cluster else "dev-fraud")]}))
    assert kind == "unknown"
    assert f"{plural}.{group} also control access" in text
    assert "opens" in text


def test_policies_of_other_namespaces_are_ignored() -> None:
    assert texts(Served({"/apis/cilium.io/v1/ciliumnetworkpolicies": [named("opens", "elsewhere")]})) == []


def test_unreadable_policies_are_unknown() -> None:
    (one,) = texts(Served({}, refused="/apis/cilium.io"))
    assert one == ("unknown", "network policies of cilium.io could not be read: forbidden")
