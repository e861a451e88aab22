"""A cluster that does not answer, or lacks a kind, is an error of each stack that uses it."""

from __future__ import annotations

from pathlib import Path

from rolecall.deploy.clusters import ClusterChecks
from rolecall.deploy.recorded_clusters import RecordedClusters
from rolecall.engine.stack_state import StackState, parse
from rolecall.errors import RolecallError, SystemUnreachable
from rolecall.slices.part import Part, part_of
from rolecall.slices.slice import slice_named
from rolecall.systems.kubernetes.api_kinds import ApiKind
from tests.support.cluster_contract import cluster_contract
from tests.support.declared import everything_found


class Cluster:
    """A client of a cluster that lacks a kind, or is away."""

    def __init__(self, lacks: str = "", *, away: bool = False, refuses: str = "") -> None:
        self.lacks, self.away, self.refuses = lacks, away, refuses
        self.asked: list[str] = []

    @property
    def uid(self) -> str:
        self.asked.append("uid")
        if self.away:
            raise SystemUnreachable("the cluster does not answer", "")
        return "1"

    def require(self, kind: ApiKind) -> None:
        self.asked.append(kind.name)
        if kind.name == self.lacks:
            raise RolecallError(f"there is no {kind.name}", "")

    def require_namespace(self, name: str) -> None:
        self.asked.append(name)
        if name == self.lacks:
            raise RolecallError(f"there is no namespace {name}", "")

    def may_apply(self, kind: ApiKind, namespace: str) -> bool:
        return kind.name != self.refuses or namespace != "dev-fraud"


def parts(folder: Path) -> dict[str, Part]:
    compiled = cluster_contract(folder)
    found = everything_found(compiled.contract)
    stacks = ("account", "dev.fraud", "dev.lonely", "prod.fraud", "test.fraud")
    return {stack: part_of(compiled, slice_named(compiled.contract, stack), found) for stack in stacks}


def errors(
    cluster: Cluster, folder: Path, recorded: RecordedClusters | None = None, *, writes: bool = True
) -> dict[str, list[str]]:
    checks = ClusterChecks(lambda context: cluster)
    found = checks.errors(parts(folder), recorded or RecordedClusters(), writes=writes)
    return {stack: [error.what for error in listed] for stack, listed in found.items()}


def test_a_cluster_that_has_everything_is_asked_once_for_each_kind(tmp_path: Path) -> None:
    cluster = Cluster()
    assert errors(cluster, tmp_path) == {}
    assert sorted(cluster.asked) == sorted({*cluster.asked})
    assert {"uid", "Namespace", "Server", "HTTPRoute", "NetworkPolicy"} <= {*cluster.asked}


def test_a_missing_kind_is_an_error_of_the_stacks_that_use_it(tmp_path: Path) -> None:
    found = errors(Cluster("HTTPRoute"), tmp_path)
    assert found == {stack: ["there is no HTTPRoute"] for stack in ("dev.fraud", "prod.fraud")}
    assert errors(Cluster("Server"), tmp_path).keys() == {"dev.fraud", "dev.lonely", "prod.fraud"}


def test_longhorns_namespace_has_to_be_there_before_anything_is_changed(tmp_path: Path) -> None:
    found = errors(Cluster("longhorn-system"), tmp_path, writes=False)
    assert found == {stack: ["there is no namespace longhorn-system"] for stack in ("dev.fraud", "prod.fraud")}


def test_a_cluster_that_is_away_is_asked_for_nothing_else(tmp_path: Path) -> None:
    cluster = Cluster(away=True)
    found = errors(cluster, tmp_path)
    assert found == {stack: ["the cluster does not answer"] for stack in ("dev.fraud", "dev.lonely", "prod.fraud")}
    assert cluster.asked == ["uid"]


def state(stack: str, uid: str, name: str = "lab") -> StackState:
    """A state with one object in a cluster."""
    urn, token = f"urn:pulumi:{stack}::rolecall::rolecall:kubernetes:Object::ns", "rolecall:kubernetes:Object"
    made = {"urn": urn, "type": token, "custom": True, "id": f"{uid}|v1|Namespace||ns", "inputs": {"cluster": name}}
    return parse({"latest": {"resources": [made]}})


def test_nothing_is_made_in_another_cluster_than_before(tmp_path: Path) -> None:
    """A context of the kubeconfig that points elsewhere now would get the first grants of a stack."""
    what = "context 'lab' leads to another cluster than the one in which cluster 'lab' of the contract has objects"
    mine = RecordedClusters({"dev.fraud": state("dev.fraud", "2")}, lambda: [state("dev.lonely", "1")])
    assert errors(Cluster(), tmp_path, mine)["dev.fraud"] == [what]
    assert "dev.lonely" not in errors(Cluster(), tmp_path, mine)
    new = RecordedClusters({"dev.fraud": None}, lambda: [state("dev.lonely", "2")])
    assert errors(Cluster(), tmp_path, new, writes=False)["dev.fraud"] == [what]
    same = RecordedClusters({"dev.fraud": state("dev.fraud", "1")}, lambda: [state("dev.lonely", "1")])
    assert errors(Cluster(), tmp_path, same) == {}
    renamed = RecordedClusters({"dev.fraud": state("dev.fraud", "2", "former")})
    assert errors(Cluster(), tmp_path, renamed) == {}


def test_a_caller_who_may_not_write_previews_only(tmp_path: Path) -> None:
    what = "the caller may not apply httproutes in the cluster of context 'lab'"
    assert errors(Cluster(refuses="HTTPRoute"), tmp_path) == {"dev.fraud": [what]}
    assert errors(Cluster(refuses="HTTPRoute"), tmp_path, writes=False) == {}
