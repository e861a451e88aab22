"""The Okta emulator through Okta's own SDK."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from joserfc.jwk import RSAKey

from tests.support.identity import GROUPS, OKTA_APPLICATION, Company, company
from tests.support.lazily import Lazily

if TYPE_CHECKING:
    from okta import client as okta_client
    from okta import models
else:
    okta_client, models = Lazily("okta.client"), Lazily("okta.models")


@pytest.fixture
def systems(monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    monkeypatch.setenv("OKTA_TESTING_TESTINGDISABLEHTTPSCHECK", "true")
    with company() as running:
        yield running


def settings(systems: Company, **more: Any) -> dict[str, Any]:
    return {
        "orgUrl": systems.okta.address,
        "token": systems.okta.token,
        "rateLimit": {"maxRetries": 1},
        **more,
    }


def ask(systems: Company, question: Callable[[okta_client.Client], Awaitable[Any]], **more: Any) -> Any:
    """Ask the SDK something; return what it found, or raise its error."""

    async def run() -> Any:
        answer = await question(okta_client.Client(settings(systems, **more)))
        if answer[-1] is not None:
            raise AssertionError(str(answer[-1]))
        return answer[0]

    return asyncio.run(run())


def test_groups_live_from_creation_to_deletion(systems: Company) -> None:
    profile = models.OktaUserGroupProfile(name="platform", description="those who run it")
    made = ask(systems, lambda client: client.add_group(models.AddGroupRequest(profile=profile)))
    assert made.id.startswith("00g")
    assert len(made.id) == 20
    found = ask(systems, lambda client: client.get_group(made.id))
    assert found.profile.actual_instance.name == "platform"
    renamed = models.AddGroupRequest(profile=models.OktaUserGroupProfile(name="platform-team"))
    ask(systems, lambda client: client.replace_group(made.id, renamed))
    listed = ask(systems, lambda client: client.list_groups(search='profile.name eq "platform-team"'))
    assert [one.id for one in listed] == [made.id]
    with pytest.raises(AssertionError, match="E0000001"):
        ask(systems, lambda client: client.add_group(renamed))
    ask(systems, lambda client: client.delete_group(made.id))
    with pytest.raises(AssertionError, match="E0000007"):
        ask(systems, lambda client: client.get_group(made.id))


def test_lists_come_in_pages_with_a_link_to_the_next(systems: Company) -> None:
    for number in range(7):
        systems.okta_call("POST", "groups", {"profile": {"name": f"team-{number}"}})
    address, seen = f"{systems.okta.address}/api/v1/groups?limit=3", []
    while address:
        answer = httpx.get(address, headers={"Authorization": f"SSWS {systems.okta.token}"})
        page = answer.json()
        assert len(page) <= 3
        seen += [one["id"] for one in page]
        address = answer.links.get("next", {}).get("url", "")
    assert len(seen) == len(set(seen)) == 7 + 3, "with both groups that were there, and Everyone"


def test_members_are_added_and_removed_one_by_one(systems: Company) -> None:
    group = GROUPS["okta"]["engineers"]
    dora = ask(systems, lambda client: client.get_user("dora@example.com"))
    ask(systems, lambda client: client.assign_user_to_group(group, dora.id))
    ask(systems, lambda client: client.assign_user_to_group(group, dora.id))
    members = ask(systems, lambda client: client.list_group_users(group))
    assert [one.profile.login for one in members] == ["ada@example.com", "ben@example.com", "dora@example.com"]
    ask(systems, lambda client: client.unassign_user_from_group(group, dora.id))
    assert len(ask(systems, lambda client: client.list_group_users(group))) == 2


def test_a_rule_adds_the_members_of_other_groups(systems: Company) -> None:
    everybody = systems.okta_call("POST", "groups", {"profile": {"name": "everybody"}})["id"]
    groups = [GROUPS["okta"]["engineers"], GROUPS["okta"]["analysts"]]
    rule = models.CreateGroupRuleRequest.from_dict(
        {
            "type": "group_rule",
            "name": "everybody",
            "conditions": {
                "expression": {
                    "value": f'isMemberOfAnyGroup("{groups[0]}", "{groups[1]}")',
                    "type": "urn:okta:expression:1.0",
                }
            },
            "actions": {"assignUserToGroups": {"groupIds": [everybody]}},
        }
    )
    made = ask(systems, lambda client: client.create_group_rule(rule))
    assert made.status == "INACTIVE"
    assert systems.okta_call("GET", f"groups/{everybody}/users") == []
    ask(systems, lambda client: client.activate_group_rule(made.id))
    assert len(systems.okta_call("GET", f"groups/{everybody}/users")) == 3
    cleo = systems.okta_call("GET", "users/cleo@example.com")["id"]
    systems.okta_call("POST", f"users/{cleo}/lifecycle/deactivate")
    assert len(systems.okta_call("GET", f"groups/{everybody}/users")) == 2, "who left is in no group any more"


@pytest.mark.parametrize(
    ("expression", "right"),
    [
        ('user.department=="ML" AND !isMemberOfGroup("00ganalysts000000001")', True),
        ("(user.department == 'Sales' OR user.department == 'ML')", True),
        ('user.department=="ML" AND', False),
        ("String.startsWith(user.login, 'a')", True),
        ("String.startsWith(user.login)", False),
        ("String.reverse(user.login) == 'a'", False),
        ('isMemberOfGroup("00gnobody")', False),
        ("", False),
    ],
)
def test_expressions_of_rules(systems: Company, expression: str, right: bool) -> None:
    body = {
        "type": "group_rule",
        "name": "trial",
        "conditions": {"expression": {"value": expression, "type": "urn:okta:expression:1.0"}},
        "actions": {"assignUserToGroups": {"groupIds": [GROUPS["okta"]["engineers"]]}},
    }
    headers = {"Authorization": f"SSWS {systems.okta.token}"}
    answer = httpx.post(f"{systems.okta.address}/api/v1/groups/rules", json=body, headers=headers)
    assert answer.is_success is right, answer.text
    if not right:
        assert answer.json()["errorCode"] == "E0000001"


def test_groups_are_assigned_to_applications_and_arrive_in_databricks(systems: Company) -> None:
    group = GROUPS["okta"]["engineers"]
    path = f"apps/{OKTA_APPLICATION}/groups"
    systems.okta_call("PUT", f"{path}/{group}", {})
    assert [one["id"] for one in systems.okta_call("GET", path)] == [group]
    systems.settle()
    account = systems.databricks.account
    (brought,) = account.of_type("Group")
    assert (brought.display_name, brought.external_id) == ("engineers", group)
    assert {account.principals[one].user_name for one in brought.members} == {"ada@example.com", "ben@example.com"}

    systems.okta_call("PUT", f"groups/{group}", {"profile": {"name": "engineering"}})
    ben = systems.okta_call("GET", "users/ben@example.com")["id"]
    systems.okta_call("POST", f"users/{ben}/lifecycle/deactivate")
    systems.settle()
    assert [(one.id, one.display_name) for one in account.of_type("Group")] == [(brought.id, "engineering")]
    assert [account.principals[one].user_name for one in brought.members] == ["ada@example.com"]
    assert not next(one for one in account.of_type("User") if one.user_name == "ben@example.com").active

    systems.okta_call("DELETE", f"{path}/{group}")
    systems.settle()
    assert account.of_type("Group") == []


def test_tokens_are_checked(systems: Company) -> None:
    address = f"{systems.okta.address}/api/v1/groups"
    assert httpx.get(address).json()["errorCode"] == "E0000011"
    assert httpx.get(address, headers={"Authorization": "SSWS wrong"}).status_code == 401
    systems.okta.organization.tokens["reader"] = "read-only"
    headers = {"Authorization": "SSWS reader"}
    assert httpx.get(address, headers=headers).is_success
    assert httpx.post(address, headers=headers, json={"profile": {"name": "a"}}).json()["errorCode"] == "E0000006"
    limits = httpx.get(address, headers=headers).headers
    assert {"x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset"} <= set(limits)


def test_a_client_signs_in_with_its_private_key(systems: Company) -> None:
    key = RSAKey.generate_key(2048, {"kid": "trial"})
    client = systems.okta.organization.applications["0oa1portal0000000001"]
    client.keys = {"keys": [dict(key.as_dict(private=False))]}
    client.scopes = ["okta.groups.read"]
    signed = {
        "authorizationMode": "PrivateKey",
        "clientId": client.id,
        "scopes": ["okta.groups.read"],
        "privateKey": json.dumps(key.as_dict(private=True)),
    }
    assert len(ask(systems, lambda okta: okta.list_groups(), **signed)) == 3
    profile = models.AddGroupRequest(profile=models.OktaUserGroupProfile(name="mine"))
    with pytest.raises(AssertionError, match="E0000006"):
        ask(systems, lambda okta: okta.add_group(profile), **signed)


def test_authorization_servers_with_their_parts(systems: Company) -> None:
    made = systems.okta_call("POST", "authorizationServers", {"name": "workloads", "audiences": ["api://databricks"]})
    path = f"authorizationServers/{made['id']}"
    systems.okta_call("POST", f"{path}/scopes", {"name": "jobs"})
    claim = {"name": "department", "claimType": "RESOURCE", "valueType": "EXPRESSION", "value": "user.department"}
    systems.okta_call("POST", f"{path}/claims", claim)
    form = {"grant_type": "client_credentials", "scope": "jobs"}
    client = systems.okta.organization.applications["0oa1portal0000000001"]

    def token() -> httpx.Response:
        address = f"{made['issuer']}/v1/token"
        return httpx.post(address, data=form, auth=(client.id, client.client_secret))

    assert token().json()["error"] == "access_denied", "no policy allows it yet"
    conditions = {"clients": {"include": [client.id]}}
    policy = {"type": "OAUTH_AUTHORIZATION_POLICY", "name": "portal", "conditions": conditions, "priority": 1}
    policy_id = systems.okta_call("POST", f"{path}/policies", policy)["id"]
    rule = {
        "type": "RESOURCE_ACCESS",
        "name": "jobs",
        "conditions": {"grantTypes": {"include": ["client_credentials"]}, "scopes": {"include": ["jobs"]}},
    }
    systems.okta_call("POST", f"{path}/policies/{policy_id}/rules", rule)
    answer = token()
    assert answer.is_success, answer.text
    claims = systems.okta.key.claims(answer.json()["access_token"])
    assert (claims["iss"], claims["aud"], claims["sub"]) == (made["issuer"], "api://databricks", client.id)
    form["scope"] = "everything"
    assert token().json()["error"] == "invalid_scope"


def test_the_log_tells_who_did_what(systems: Company) -> None:
    systems.okta_call("POST", "groups", {"profile": {"name": "logged"}})
    (entry,) = systems.okta_call("GET", 'logs?filter=eventType eq "group.lifecycle.create"')
    assert entry["target"][0]["displayName"] == "logged"


def test_state_is_kept_over_a_restart(systems: Company) -> None:
    systems.okta_call("POST", "groups", {"profile": {"name": "kept"}})
    saved = json.loads(json.dumps(systems.installation.to_json()))
    token = systems.okta.token
    with company(saved=saved) as again:
        assert again.okta.token == token
        names = [one["profile"]["name"] for one in again.okta_call("GET", "groups?q=kept")]
        assert names == ["kept"]


@pytest.mark.parametrize("kind", ["connection-reset", "answer-lost", "truncated-page", "empty-list", "repeated-page"])
def test_faults(systems: Company, kind: str) -> None:
    headers = {"Authorization": f"SSWS {systems.okta.token}"}
    whole = httpx.get(f"{systems.okta.address}/api/v1/groups", headers=headers)
    systems.fault("okta", {"kind": kind, "path": "/api/v1/groups"})
    if kind == "connection-reset":
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.post(f"{systems.okta.address}/api/v1/groups", headers=headers, json={"profile": {"name": "made"}})
        assert any(one.profile["name"] == "made" for one in systems.okta.organization.groups.values())
        return
    if kind == "repeated-page":
        address = whole.links["self"]["url"] + f"?limit=2&after={whole.json()[0]['id']}"
        assert httpx.get(address, headers=headers).json() == whole.json()
        return
    answer = httpx.get(f"{systems.okta.address}/api/v1/groups", headers=headers)
    if kind == "answer-lost":
        assert answer.status_code == 503
    else:
        assert len(answer.json()) == (0 if kind == "empty-list" else len(whole.json()) - 1)
        assert "next" not in answer.links
