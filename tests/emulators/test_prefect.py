"""Prefect Cloud's access in front of a real Prefect server, through Prefect's own client where it has a method."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.support.identity import Company, company
from tests.support.lazily import Lazily
from tests.support.prefect_server import ask, prefect_server

if TYPE_CHECKING:
    from prefect import exceptions
    from prefect.client import orchestration
else:
    exceptions, orchestration = Lazily("prefect.exceptions"), Lazily("prefect.client.orchestration")

ADA, BEN = "ada@example.com", "ben@example.com"


class Caller:
    """A caller of Prefect."""

    def __init__(self, systems: Company, key: str) -> None:
        self._systems = systems
        self.key = key

    def raw(self, method: str, path: str, body: object = None, *, of_account: bool = False) -> httpx.Response:
        base = self._systems.prefect.url.partition("/workspaces/")[0] if of_account else self._systems.prefect.url
        return ask(method, f"{base}{path}", body, self.key)

    def client(self) -> orchestration.SyncPrefectClient:
        headers = {"Authorization": f"Bearer {self.key}"}
        return orchestration.SyncPrefectClient(api=self._systems.prefect.url, httpx_settings={"headers": headers})


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
    with ada.client() as client, pytest.raises(exceptions.PrefectHTTPStatusError, match="403"):
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


def test_people_and_service_accounts_are_let_in_with_post_and_teams_with_put(systems: Company, owner: Caller) -> None:
    """PrefectHQ/terraform-provider-prefect, internal/client/workspace_access.go, sends and reads it so."""
    roles = owner.raw(
        "POST", "/workspace_roles/filter", {"workspace_roles": {"name": {"any_": ["Viewer"]}}}, of_account=True
    )
    role = roles.json()[0]["id"]
    bot = owner.raw("POST", "/bots/", {"name": "worker"}, of_account=True).json()
    team = owner.raw("POST", "/teams", {"name": "leads"}, of_account=True).json()
    ada = actor(systems, ADA)
    for sort, identity, method in (("bot", bot["id"], "POST"), ("user", ada, "POST"), ("team", team["id"], "PUT")):
        body = {f"{sort}_id": identity, "workspace_role_id": role}
        other = {"POST": "PUT", "PUT": "POST"}[method]
        assert owner.raw(other, f"/{sort}_access/", [body]).status_code == 404, "the other method is not there"
        for sent in (body, [body]):
            (made,) = owner.raw(method, f"/{sort}_access/", sent).raise_for_status().json()
            assert (made[f"{sort}_id"], made["workspace_role_id"]) == (identity, role)
        (listed,) = owner.raw("POST", f"/{sort}_access/filter", {}).json()
        assert listed == made
        removed = team["id"] if sort == "team" else made["id"]
        if sort != "team":
            assert owner.raw("GET", f"/{sort}_access/{made['id']}").json() == made
        assert owner.raw("DELETE", f"/{sort}_access/{removed}").status_code == 204
        assert owner.raw("POST", f"/{sort}_access/filter", {}).json() == []


def test_teams_members_and_roles_are_kept_as_prefect_cloud_does(systems: Company, owner: Caller) -> None:
    """The same provider: teams.go, team_access.go, account_memberships.go, service_accounts.go, workspace_roles.go."""
    team = owner.raw("POST", "/teams", {"name": "leads"}, of_account=True).json()["id"]
    assert owner.raw("PATCH", f"/teams/{team}", {"name": "x"}, of_account=True).status_code == 404
    changed = owner.raw("PUT", f"/teams/{team}", {"name": "leaders", "description": "they lead"}, of_account=True)
    assert (changed.status_code, changed.json()["description"]) == (200, "they lead")
    filtered = {"account_memberships": {"email": {"any_": [ADA]}}}
    (member,) = owner.raw("POST", "/account_memberships/filter", filtered, of_account=True).json()
    assert member["email"] == ADA
    members = {"members": [{"member_id": member["user_id"], "member_type": "user"}]}
    assert owner.raw("PUT", f"/teams/{team}/members", members, of_account=True).status_code == 200
    (held,) = owner.raw("GET", f"/teams/{team}", of_account=True).json()["memberships"]
    assert held == {"id": member["actor_id"], "type": "user"}
    assert owner.raw("DELETE", f"/teams/{team}/members/{member['user_id']}", of_account=True).status_code == 204
    assert owner.raw("GET", f"/teams/{team}", of_account=True).json()["memberships"] == []
    bot = owner.raw("POST", "/bots/", {"name": "worker"}, of_account=True).json()
    named = {"service_accounts": {"name": {"any_": ["nobody"]}}}
    assert owner.raw("POST", "/bots/filter", named, of_account=True).json() == []
    assert owner.raw("POST", "/bots/filter", {"bots": {}}, of_account=True).status_code == 501, "it is not called so"
    rotation = {"api_key_expiration": None, "old_key_expires_in_seconds": 600}
    owner.raw("POST", f"/bots/{bot['id']}/rotate_api_key", rotation, of_account=True).raise_for_status()
    old = Caller(systems, bot["api_key"]["key"])
    assert old.raw("POST", "/deployments/filter", {}).status_code == 200, "the old key goes on for a while"
    role = owner.raw("POST", "/workspace_roles/", {"name": "Reader"}, of_account=True)
    assert role.status_code == 201
    assert owner.raw("DELETE", f"/workspace_roles/{role.json()['id']}", of_account=True).status_code == 204


def test_roles_and_teams_have_what_the_clients_read(owner: Caller) -> None:
    viewer = owner.raw("POST", "/workspace_roles/filter", {}, of_account=True).json()[0]
    assert {*viewer} == {
        *("id", "created", "updated", "name", "description", "scopes", "account_id", "inherited_role_id")
    }
    assert viewer["account_id"] is None, "Prefect's own belong to no account"
    body = {"name": "auditor", "description": "reads", "scopes": ["see_flows"], "inherited_role_id": viewer["id"]}
    made = owner.raw("POST", "/workspace_roles/", body, of_account=True).json()
    assert (made["scopes"], made["inherited_role_id"]) == (["see_flows"], viewer["id"])
    wrong = {**body, "name": "x", "scopes": ["see_everything"]}
    assert owner.raw("POST", "/workspace_roles/", wrong, of_account=True).status_code == 422
    team = owner.raw("POST", "/teams", {"name": "auditors"}, of_account=True).json()
    member = owner.raw("POST", "/account_memberships/filter", {}, of_account=True).json()[0]
    added = {"members": [{"member_id": member["user_id"], "member_type": "user"}]}
    owner.raw("PUT", f"/teams/{team['id']}/members", added, of_account=True).raise_for_status()
    (held,) = owner.raw("GET", f"/teams/{team['id']}", of_account=True).json()["memberships"]
    assert held == {"id": member["actor_id"], "type": "user"}
    account = owner.raw("GET", "", of_account=True).json()
    assert {"handle", "settings", "plan_type"} <= {*account}
    assert owner.raw("GET", "").json()["account_id"] == account["id"]
