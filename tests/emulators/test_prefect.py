"""Prefect Cloud's access in front of a real Prefect server, through Prefect's own client where it has a method."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import PrefectHTTPStatusError

from tests.support.identity import Company, company
from tests.support.prefect_server import ask, prefect_server

ADA, BEN = "ada@example.com", "ben@example.com"


class Caller:
    """Somebody who asks Prefect."""

    def __init__(self, systems: Company, key: str) -> None:
        self._systems = systems
        self.key = key

    def raw(self, method: str, path: str, body: object = None, *, of_account: bool = False) -> httpx.Response:
        base = self._systems.prefect.url.partition("/workspaces/")[0] if of_account else self._systems.prefect.url
        return ask(method, f"{base}{path}", body, self.key)

    def client(self) -> SyncPrefectClient:
        headers = {"Authorization": f"Bearer {self.key}"}
        return SyncPrefectClient(api=self._systems.prefect.url, httpx_settings={"headers": headers})


@pytest.fixture
def systems() -> Iterator[Company]:
    with company(prefect=prefect_server()) as running:
        yield running


@pytest.fixture
def owner(systems: Company) -> Caller:
    return Caller(systems, systems.prefect.variables()["PREFECT_API_KEY"])


def person(systems: Company, name: str) -> Caller:
    return Caller(systems, systems.prefect.key_of(name))


def actor(systems: Company, name: str) -> str:
    return next(key for key, one in systems.prefect.account.members.items() if one["email"] == name)


def deployment(owner: Caller) -> str:
    """Make a deployment and return its id."""
    flow = owner.raw("POST", "/flows/", {"name": "run-databricks-job"}).json()["id"]
    made = owner.raw("POST", "/deployments/", {"name": "dev-churn-train", "flow_id": flow, "entrypoint": "a.b"})
    return str(made.raise_for_status().json()["id"])


def give(owner: Caller, identity: str, **lists: list[str]) -> None:
    owner.raw("PUT", f"/deployments/{identity}/access", {"access_control": lists}).raise_for_status()


def test_an_access_list_says_who_may_start_and_who_may_change(systems: Company, owner: Caller) -> None:
    identity, ada, ben = deployment(owner), person(systems, ADA), person(systems, BEN)
    with ada.client() as client, pytest.raises(PrefectHTTPStatusError, match="403"):
        client.create_flow_run_from_deployment(identity)  # type: ignore[arg-type]  # it takes texts as well
    give(owner, identity, run_actor_ids=[actor(systems, ADA)])
    with ada.client() as client:
        run = client.create_flow_run_from_deployment(identity)  # type: ignore[arg-type]  # it takes texts as well
    assert str(run.deployment_id) == identity
    assert ada.raw("PATCH", f"/deployments/{identity}", {"paused": True}).status_code == 403
    assert ada.raw("PUT", f"/deployments/{identity}/access", {"access_control": {}}).status_code == 403
    assert ben.raw("GET", f"/deployments/{identity}/access").status_code == 403
    made = owner.raw("POST", "/teams", {"name": "leads"}, of_account=True).json()["id"]
    systems.prefect.account.teams[made]["members"].append(actor(systems, BEN))
    give(owner, identity, manage_team_ids=[made])
    assert ben.raw("PATCH", f"/deployments/{identity}", {"paused": True}).status_code == 204
    assert ada.raw("POST", f"/deployments/{identity}/create_flow_run", {}).status_code == 403, "the list is the whole"
    held = owner.raw("GET", f"/deployments/{identity}/access").json()
    assert [(one["type"], one["name"]) for one in held["manage_actors"]] == [("team", "leads")]
    assert (held["run_actors"], held["view_actors"]) == ([], [])
    unknown = {"access_control": {"run_actor_ids": ["nobody"]}}
    assert owner.raw("PUT", f"/deployments/{identity}/access", unknown).status_code == 404


def test_a_service_account_works_with_a_key_until_that_ends(systems: Company, owner: Caller) -> None:
    made = owner.raw(
        "POST", "/bots/", {"name": "worker", "api_key_expiration": "2001-01-01T00:00:00+00:00"}, of_account=True
    )
    ended = Caller(systems, made.json()["api_key"]["key"])
    assert ended.raw("POST", "/deployments/filter", {}).status_code == 401
    rotated = owner.raw("POST", f"/bots/{made.json()['id']}/rotate_api_key", of_account=True)
    worker = Caller(systems, rotated.json()["api_key"]["key"])
    assert worker.raw("POST", "/deployments/filter", {}).status_code == 200
    owner.raw("POST", "/work_pools/", {"name": "pool", "type": "process"}).raise_for_status()
    assert worker.raw("POST", "/work_pools/pool/workers/heartbeat", {"name": "a"}).status_code == 403
    access = {"access_control": {"run_actor_ids": [made.json()["actor_id"]]}}
    owner.raw("PUT", "/work_pools/pool/access", access).raise_for_status()
    assert worker.raw("POST", "/work_pools/pool/workers/heartbeat", {"name": "a"}).status_code == 204
    assert person(systems, ADA).raw("POST", "/logs/", [{"name": "x"}]).status_code == 403, "people write no logs"
    owner.raw("DELETE", f"/bots/{made.json()['id']}", of_account=True).raise_for_status()
    assert worker.raw("POST", "/deployments/filter", {}).status_code == 401
    assert not owner.raw("GET", "/work_pools/pool/access").json()["run_actors"]


def test_only_owners_change_who_is_who(systems: Company, owner: Caller) -> None:
    ada = person(systems, ADA)
    for method, path, body in (
        ("POST", "/teams", {"name": "mine"}),
        ("POST", "/bots/", {"name": "mine"}),
    ):
        assert ada.raw(method, path, body, of_account=True).status_code == 403
    assert ada.raw("POST", "/variables/", {"name": "a", "value": 1}).status_code == 403
    assert httpx.get(f"{systems.prefect.url}/deployments/x").status_code == 401
    elsewhere = systems.prefect.url.replace(systems.prefect.account.workspace, systems.prefect.account.id)
    headers = {"Authorization": f"Bearer {owner.key}"}
    assert httpx.post(f"{elsewhere}/deployments/filter", json={}, headers=headers).status_code == 404
    owner.raw("POST", "/teams", {"name": "kept"}, of_account=True).raise_for_status()
    again = owner.raw("POST", "/teams", {"name": "kept"}, of_account=True)
    assert again.status_code == 409


def test_what_only_reads_is_not_counted_as_a_write(systems: Company, owner: Caller) -> None:
    systems.clear_statistics()
    owner.raw("POST", "/deployments/filter", {}).raise_for_status()
    told: dict[str, Any] = systems.statistics("prefect")
    assert (told["total"], told["writes"]) == (1, 0)
    identity = deployment(owner)
    owner.raw("PATCH", f"/deployments/{identity}", {"paused": True}).raise_for_status()
    told = systems.statistics("prefect")
    assert told["writes"] == 3
    assert any(call.endswith("/deployments/{id}") for call in told["calls"])
