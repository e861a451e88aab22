"""A run that is killed after any step leaves callers admitted and strangers refused, also between two contracts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from rolecall.compiled import CompiledContract
from rolecall.systems.kubernetes.declared_objects import Wanted, declared_objects
from rolecall.systems.kubernetes.governed_object import ObjectInputs
from rolecall.systems.kubernetes.manifests import callers_of, mesh_services
from rolecall.systems.kubernetes.mesh import decision
from rolecall.systems.kubernetes.mesh.compilation import Caller, MeshService
from rolecall.systems.kubernetes.mesh.decision import Request
from rolecall.systems.kubernetes.mesh.inbound import Client
from rolecall.systems.kubernetes.mesh.index import PolicyIndex
from rolecall.systems.kubernetes.mesh.settings import MeshSettings
from rolecall.systems.kubernetes.mesh.workload import DEFAULT_POLICY, Workload
from tests.support.cluster_contract import CONTRACT, cluster_contract

SETTINGS = MeshSettings()
WEB, STRANGER = Caller("dev-fraud", "web"), Caller("dev-fraud", "scorer")
ADDRESS = ip_address("10.20.0.7")
State = Mapping[str, dict[str, Any]]


def wanted(compiled: CompiledContract) -> list[Wanted]:
    contract, access = compiled.contract, compiled.access
    return declared_objects(contract, access, "dev", "fraud", callers_of(contract, access, "dev", "fraud"))


def bodies(found: Sequence[Wanted]) -> dict[str, dict[str, Any]]:
    return {one.name: ObjectInputs.model_validate(dict(one.properties)).body for one in found}


def orders(found: Sequence[Wanted]) -> Iterator[list[str]]:
    """Yield orders that the dependencies permit: the earliest and the latest place of each object."""
    after = {one.name: {*one.after} for one in found}
    for first in (False, True):
        done: list[str] = []
        while len(done) < len(after):
            ready = [name for name, needs in after.items() if name not in done and needs <= {*done}]
            done.append(ready[0] if first else ready[-1])
        yield done


def states(before: Sequence[Wanted], now: Sequence[Wanted]) -> Iterator[State]:
    """Yield the cluster after each step of a run: objects are made and changed in order, and then what is left goes."""
    old, new = bodies(before), bodies(now)
    for order in orders(now):
        live = dict(old)
        yield dict(live)
        for name in order:
            live[name] = new[name]
            yield dict(live)
        (deleted, *_) = orders(before)
        for name in reversed([one for one in deleted if one not in new]):
            del live[name]
            yield dict(live)


def admitted(live: State, service: MeshService, caller: Caller, request: Request) -> bool:
    objects = [*live.values()]
    pod = Workload("pod", service.namespace, service.labels, {DEFAULT_POLICY: "deny"}, {}, {})
    inbound = PolicyIndex.of(SETTINGS, objects, assume_accepted=True).inbound(pod, service.port)
    client = Client(ADDRESS, SETTINGS.identity(caller.namespace, caller.name), tls=True)
    return decision.request(inbound, client, request).allowed


def has_server(live: State, service: MeshService) -> bool:
    return any(one["kind"] == "Server" and one["metadata"]["name"] == service.name for one in live.values())


SCORE = Request("POST", "/v1/score", "")
ROUTES = "        routes:\n          score: {path: /v1/score, methods: [POST]}\n          models: {path: /v1/models}\n"
VARIANTS = {
    "as it is": ("", ""),
    "other routes": ("{path: /v1/score, methods: [POST]}", "{path: /v1}"),
    "no routes": (ROUTES, ""),
    "neither": (f"        probes: [/healthz]\n{ROUTES}", ""),
    "no probes": ("        labels: {app: routed}\n        probes: [/healthz]\n", "        labels: {app: routed}\n"),
    "more callers": (
        "      - {role: caller, to: web, in: [dev, prod]}\n",
        "      - {role: caller, to: web, in: [dev, prod]}\n      - {role: caller, to: batch, in: [dev]}\n",
    ),
}


def variant(folder: Path, name: str) -> CompiledContract:
    old, new = VARIANTS[name]
    assert old in CONTRACT
    return cluster_contract(folder, CONTRACT.replace(old, new, 1) if old else CONTRACT)


@pytest.mark.parametrize("now", VARIANTS)
@pytest.mark.parametrize("before", ["nothing", *VARIANTS])
def test_callers_stay_admitted_and_strangers_refused_after_each_step(tmp_path: Path, before: str, now: str) -> None:
    compiled = variant(tmp_path, now)
    services = {one.name: one for one in mesh_services(compiled.contract, compiled.access, "dev", "fraud")}
    first = [] if before == "nothing" else wanted(variant(tmp_path, before))
    served = 0
    for live in states(first, wanted(variant(tmp_path, now))):
        for service in services.values():
            if not has_server(live, service):
                continue
            served += 1
            assert admitted(live, service, WEB, SCORE), service.name
            assert admitted(live, service, STRANGER, SCORE) == service.audits, service.name
    assert served > len(services)


def test_the_namespace_denies_before_anything_is_in_it_and_network_policies_close_last(tmp_path: Path) -> None:
    found = wanted(cluster_contract(tmp_path))
    for order in orders(found):
        kinds = [bodies(found)[name]["kind"] for name in order]
        assert kinds[0] == "Namespace"
        assert order[-1].endswith("default-deny.NetworkPolicy")
