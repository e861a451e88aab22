"""A finding about a namespace applies only to its services and the services that its workloads call."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolecall.compiled import CompiledContract
from rolecall.ids.ids import ObjectId, ServicePrincipalId
from rolecall.ids.verbs import Kind, Verb
from rolecall.systems.kubernetes import observe
from rolecall.systems.kubernetes.mesh.findings import Difference, MeshFinding
from rolecall.systems.kubernetes.observe import _add, _Seen, _targets
from tests.support.cluster_contract import cluster_contract


@pytest.fixture
def compiled(tmp_path: Path) -> CompiledContract:
    return cluster_contract(tmp_path)


def concerned(compiled: CompiledContract, *findings: MeshFinding) -> list[set[str] | None]:
    seen, given = _Seen(), dict(compiled.access)
    closed = ObjectId("dev", Kind.SERVICE, "lonely", "closed")
    given[closed] = {**given.get(closed, {}), ServicePrincipalId("dev", "fraud", "web"): Verb.RUN}
    _add(_targets(compiled.contract, "dev"), given, {"dev-fraud", "dev-lonely"}, findings, {}, seen)
    return [None if one.concerns is None else {each.name for each in one.concerns} for one in seen.remarks]


def test_a_namespace_concerns_its_services_and_those_that_its_workloads_call(compiled: CompiledContract) -> None:
    lonely = MeshFinding("dev-lonely", "", Difference.DIFFERENT, "", "the namespace is being deleted")
    fraud = MeshFinding("dev-fraud", "", Difference.UNKNOWN, "", "Linkerd ignores it")
    single = MeshFinding("dev-lonely", "closed", Difference.DIFFERENT, "", "its protocol differs")
    everything = {"fraud/plain", "fraud/probed", "fraud/routed", "lonely/closed"}
    assert concerned(compiled, lonely, fraud, single) == [{"lonely/closed"}, everything, None]


def test_what_is_no_namespace_of_a_service_may_concern_all(compiled: CompiledContract) -> None:
    leftover = MeshFinding("rolecall-dev-old", "", Difference.EXTRA, "", "a policy of a contract that had it")
    assert concerned(compiled, leftover) == [None]


def test_the_services_of_a_namespace_are_looked_for_once(
    compiled: CompiledContract, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand findings about a hundred services went through all of them each time."""
    looked: list[str] = []
    monkeypatch.setattr(observe, "_around", lambda _, __, namespace: looked.append(namespace))
    concerned(compiled, *(MeshFinding("dev-fraud", "", Difference.UNKNOWN, "", str(number)) for number in range(9)))
    assert looked == ["dev-fraud"]
