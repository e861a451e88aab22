"""Every type of the provider, over gRPC, from creation to deletion, with what a run has to survive."""

from __future__ import annotations

import json
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2 as rpc

from tests.provider.cases import CASES, OKTA_GROUP, OWNER, SERVER, conductor_permissions, harness_permissions
from tests.support.identity import GROUPS, Company
from tests.support.provider import UNKNOWN, ProviderClient

# No emulator stands for the API server: its objects live on a real one, in tests/kubernetes/test_objects.py.
ON_AN_API_SERVER = {"rolecall:kubernetes:Object"}


def test_every_type_has_a_case(client: ProviderClient) -> None:
    schema = json.loads(client.stub.GetSchema(rpc.GetSchemaRequest()).schema)
    assert set(schema["resources"]) == set(CASES) | ON_AN_API_SERVER


@pytest.mark.parametrize("token", CASES)
def test_the_whole_life(systems: Company, client: ProviderClient, token: str) -> None:
    make, change, replaced = CASES[token]
    inputs = make(systems, client)
    checked, _ = client.check(token, **inputs)
    assert client.create(token, preview=True, **inputs) == ("", checked)
    identity, made = client.create(token, **inputs)
    assert identity
    assert client.diff(token, made, checked).changes == rpc.DiffResponse.DIFF_NONE, "right after creation"
    found, live = client.read(token, identity, **checked)
    assert found == identity
    assert client.diff(token, live, checked).changes == rpc.DiffResponse.DIFF_NONE, "as it is read back"
    imported, _ = client.read(token, identity)
    assert imported == identity

    writes = systems.writes()
    again, _ = client.create(token, **inputs)
    assert again == identity, "a killed run is found again, not made twice"
    assert systems.writes() - writes <= 8

    wanted, _ = client.check(token, **{**inputs, **change})
    difference = client.diff(token, live, wanted)
    assert set(difference.diffs) == set(change)
    assert set(difference.replaces) == (set(change) if replaced else set())
    assert client.diff(token, live, wanted, *change).changes == rpc.DiffResponse.DIFF_NONE, "ignored changes"
    if not replaced:
        if change.get("members") == []:
            wanted["removalOverride"] = {"reason": "trial", "owner": "ada", "expires": "2099-01-01"}
        updated = client.update(token, identity, live, **wanted)
        assert client.diff(token, updated, wanted).changes == rpc.DiffResponse.DIFF_NONE
        _, live = client.read(token, identity, **wanted)
        assert client.diff(token, live, wanted).changes == rpc.DiffResponse.DIFF_NONE

    client.delete(token, identity, live)
    client.delete(token, identity, live)
    if token.rpartition(":")[2] not in ("GroupMembership", "GroupMembers", "ProvisionedGroup", "SecretAccess"):
        assert client.read(token, identity, **checked) == ("", {}), "gone means gone"


@pytest.mark.parametrize("token", CASES)
def test_everything_that_is_wrong_is_named_at_once(client: ProviderClient, token: str) -> None:
    _, wrong = client.check(token, colour="red", name=7)
    assert "there is no such property" in wrong["colour"]
    assert len(wrong) >= 3, wrong


@pytest.mark.parametrize("token", CASES)
def test_unknown_values_pass_a_preview(systems: Company, client: ProviderClient, token: str) -> None:
    inputs = CASES[token][0](systems, client)
    unknown = {
        name: [UNKNOWN] if isinstance(value, list) else UNKNOWN
        for name, value in inputs.items()
        if name.endswith(("Id", "Ids"))
    }
    known, _ = client.check(token, **inputs)
    checked, wrong = client.check(token, **{**inputs, **unknown})
    assert wrong == {}
    _, previewed = client.create(token, preview=True, **{**inputs, **unknown})
    assert previewed.items() >= unknown.items()
    changed = client.diff(token, known, checked)
    assert set(changed.diffs) == set(unknown)


def test_what_is_not_ours_is_not_touched(systems: Company, client: ProviderClient) -> None:
    with pytest.raises(grpc.RpcError, match="is not Rolecall's"):
        client.create("rolecall:okta:Group", name="engineers", managedBy=OWNER)
    identity, _ = client.create("rolecall:okta:Group", name="engineers", managedBy=OWNER, adopt=True)
    assert identity == GROUPS["okta"]["engineers"], "it keeps its id and members"
    assert len(systems.okta_call("GET", f"groups/{identity}/users")) == 2
    members: dict[str, Any] = {"groupId": GROUPS["okta"]["analysts"], "members": [], "managedBy": OWNER}
    with pytest.raises(grpc.RpcError, match="is not Rolecall's"):
        client.create("rolecall:okta:GroupMembership", **members)
    members["groupId"] = GROUPS["entra"]["analysts"]
    with pytest.raises(grpc.RpcError, match="is not Rolecall's"):
        client.create("rolecall:entra:GroupMembership", **members)
    with pytest.raises(grpc.RpcError, match="is not Rolecall's"):
        client.delete("rolecall:okta:Group", GROUPS["okta"]["analysts"], {"name": "analysts", "managedBy": OWNER})


@pytest.mark.parametrize("deleted", [False, True])
def test_a_rule_for_other_groups_works_before_the_old_one_goes(
    systems: Company, client: ProviderClient, *, deleted: bool
) -> None:
    token = "rolecall:okta:GroupRule"
    old = CASES[token][0](systems, client)
    identity, held = client.create(token, **old)
    other, _ = client.create("rolecall:okta:Group", name="platform two", description="", managedBy=OWNER)
    new = {**old, "groupIds": [other]}
    assert not client.diff(token, held, new).deleteBeforeReplace
    successor, _ = client.create(token, **new)
    people = [systems.okta_call("GET", f"groups/{one}/users") for one in (*old["groupIds"], other)]
    assert [len(one) for one in people] == [2, 2], "both work"
    if deleted:
        systems.okta_call("DELETE", f"groups/{old['groupIds'][0]}")
    client.delete(token, identity, held)
    people = [systems.okta_call("GET", f"groups/{one}/users") for one in ([] if deleted else old["groupIds"])]
    people.append(systems.okta_call("GET", f"groups/{other}/users"))
    assert [len(one) for one in people] == ([2] if deleted else [0, 2])
    assert client.read(token, successor, **new)[1]["name"] == old["name"], "it has the name of the old one"


@pytest.mark.parametrize(
    ("description", "adopt", "message"),
    [
        ("by hand", False, "is not Rolecall's"),
        ("[rolecall:other:group:platform]", False, "is not Rolecall's"),
        ("[rolecall:other:group:platform]", True, "is not Rolecall's"),
        ("by hand", True, ""),
    ],
)
def test_a_rule_that_fills_a_group_of_another_owner_is_not_ours(
    systems: Company, client: ProviderClient, description: str, adopt: bool, message: str
) -> None:
    """Rules have no mark: name and expression alone made one ours, and its deletion emptied the other group."""
    token = "rolecall:okta:GroupRule"
    declared = {**CASES[token][0](systems, client), "adopt": adopt}
    body = {"profile": {"name": "another", "description": description}}
    other = systems.okta_call("POST", "groups", body)
    rule = {
        "type": "group_rule",
        "name": declared["name"],
        "conditions": {"expression": {"value": declared["expression"], "type": "urn:okta:expression:1.0"}},
        "actions": {"assignUserToGroups": {"groupIds": [other["id"]]}},
    }
    made = systems.okta_call("POST", "groups/rules", rule)
    if message:
        with pytest.raises(grpc.RpcError, match=message):
            client.create(token, **declared)
    else:
        assert client.create(token, **declared)[0] != made["id"], "groups of a rule cannot change"
    assert systems.okta_call("GET", f"groups/rules/{made['id']}")["status"] == made["status"]


def test_a_person_who_was_made_again_is_another_person(systems: Company, client: ProviderClient) -> None:
    """Fault 22, of people: the name is the same, the id in the identity provider is not."""
    account = systems.databricks.account
    group = account.add("Group", "platform")
    account.add("User", "Ben", user_name="ben@example.com", external_id="00uold")
    member = {"userName": "ben@example.com", "externalId": "00unew"}
    with pytest.raises(grpc.RpcError, match="it is another person and inherits nothing"):
        client.create("rolecall:databricks:GroupMembers", groupId=group.id, members=[member])
    assert group.members == []
    ada = next(one for one in account.of_type("User") if one.user_name == "ada@example.com")
    member = {"userName": "ada@example.com", "externalId": "00uada"}
    client.create("rolecall:databricks:GroupMembers", groupId=group.id, members=[member])
    assert ada.external_id == "00uada", "from now on she goes by her id"
    again = {"userName": "ada.lovelace@example.com", "externalId": "00uada"}
    client.create("rolecall:databricks:GroupMembers", groupId=group.id, members=[again])
    assert group.members == [ada.id], "a new name is still the same person"


@pytest.mark.parametrize("kind", ["answer-lost", "connection-reset"])
@pytest.mark.parametrize(
    ("system", "token", "path"),
    [
        ("okta", "rolecall:okta:Group", "/api/v1/groups"),
        ("okta", "rolecall:okta:GroupRule", "/api/v1/groups/rules"),
        ("okta", "rolecall:okta:AuthorizationServer", "/api/v1/authorizationServers"),
        ("entra", "rolecall:entra:Group", "/v1.0/groups"),
        ("entra", "rolecall:entra:Application", "/v1.0/applications"),
        ("entra", "rolecall:entra:AppRoleAssignment", "/v1.0/servicePrincipals/*/appRoleAssignedTo"),
        ("entra", "rolecall:entra:ServicePrincipal", "/v1.0/servicePrincipals"),
        ("entra", "rolecall:entra:FederatedIdentityCredential", "/v1.0/applications/*/federatedIdentityCredentials"),
        ("databricks", "rolecall:databricks:GroupMembers", "*/scim/v2/Users"),
        ("conductor", "rolecall:conductor:Application", "/api/applications"),
        ("conductor", "rolecall:conductor:TaskDefinition", "/api/metadata/taskdefs"),
        ("harness", "rolecall:harness:UserGroup", "/ng/api/user-groups"),
        ("harness", "rolecall:harness:Pipeline", "/pipeline/api/pipelines/v2"),
        ("harness", "rolecall:harness:Permissions", "/authz/api/roleassignments/multi"),
        ("prefect", "rolecall:prefect:ServiceAccount", "/api/accounts/*/bots/"),
        ("prefect", "rolecall:prefect:Automation", "*/automations/"),
    ],
)
def test_a_lost_answer_makes_nothing_twice(
    systems: Company, client: ProviderClient, kind: str, system: str, token: str, path: str
) -> None:
    inputs = CASES[token][0](systems, client)
    systems.fault(system, {"kind": kind, "method": "POST", "path": path, "status": 504})
    identity, _ = client.create(token, **inputs)
    posts = [
        count
        for call, count in systems.statistics(system)["calls"].items()
        if call.startswith("POST ") and call.rstrip("/").endswith("/" + path.rstrip("/").rpartition("/")[2])
    ]
    assert client.read(token, identity, **inputs)[0] == identity
    assert sum(posts) <= 2


def test_throttling_is_waited_for_and_an_outage_ends_cleanly(systems: Company, client: ProviderClient) -> None:
    systems.fault("okta", {"kind": "status", "status": 429, "path": "/api/*", "times": 2})
    client.create("rolecall:okta:Group", **OKTA_GROUP)
    systems.fault("okta", {"kind": "status", "status": 503, "path": "/api/*", "times": -1})
    with pytest.raises(grpc.RpcError, match="Okta"):
        client.create("rolecall:okta:Group", **{**OKTA_GROUP, "name": "another"})
    systems.fault("okta", {"kind": "wrong-token", "path": "/api/*"})
    with pytest.raises(grpc.RpcError, match="OKTA_CLIENT_ORGURL"):
        client.create("rolecall:okta:Group", **{**OKTA_GROUP, "name": "another"})
    systems.fault("okta")
    client.create("rolecall:okta:Group", **{**OKTA_GROUP, "name": "another"})


def test_a_part_that_fails_is_finished_by_the_next_run(systems: Company, client: ProviderClient) -> None:
    systems.fault("okta", {"kind": "status", "status": 400, "method": "POST", "path": "*/claims"})
    with pytest.raises(grpc.RpcError, match="claims"):
        client.create("rolecall:okta:AuthorizationServer", **SERVER)
    identity, made = client.create("rolecall:okta:AuthorizationServer", **SERVER)
    wanted, _ = client.check("rolecall:okta:AuthorizationServer", **SERVER)
    assert client.diff("rolecall:okta:AuthorizationServer", made, wanted).changes == rpc.DiffResponse.DIFF_NONE
    assert (
        len([one for one in systems.okta_call("GET", "authorizationServers?limit=200") if one["id"] == identity]) == 1
    )


def test_cancel_ends_waiting(systems: Company, client: ProviderClient) -> None:
    systems.fault("okta", {"kind": "status", "status": 503, "path": "/api/*", "times": -1})
    request = rpc.ReadRequest(urn="urn:pulumi:test::trial::rolecall:okta:Group::one", id="00gnobody")
    waiting = client.stub.Read.future(request)
    while not systems.statistics("okta")["total"]:
        with pytest.raises(grpc.FutureTimeoutError):
            waiting.result(timeout=0.03)
    client.cancel()
    with pytest.raises(grpc.RpcError, match="does not answer"):
        waiting.result(timeout=3)


def test_settings_of_the_provider(client: ProviderClient) -> None:
    from rolecall.provider.values import struct

    answer = client.stub.CheckConfig(rpc.CheckRequest(news=struct({"token": "a-secret"})))
    assert [one.property for one in answer.failures] == ["token"]
    assert client.stub.GetPluginInfo(empty_pb2.Empty()).version


def test_unknown_types_and_functions_are_named(client: ProviderClient) -> None:
    with pytest.raises(grpc.RpcError, match="no type 'rolecall:okta:Grup'"):
        client.check("rolecall:okta:Grup")
    with pytest.raises(grpc.RpcError, match="no function"):
        client.invoke("rolecall:okta:getEverything")
    assert "groupId" in client.invoke("rolecall:okta:getGroupMembers")[1]


def test_a_name_that_two_applications_have_gets_no_rights(systems: Company, client: ProviderClient) -> None:
    inputs = conductor_permissions(systems, client)
    systems.conductor_call("POST", "applications", {"name": "dev-trainer"})
    with pytest.raises(grpc.RpcError, match="two applications in Conductor are called 'dev-trainer'"):
        client.create("rolecall:conductor:Permissions", **inputs)
    assert not systems.conductor.cluster.permissions.get("WORKFLOW_DEF/dev-churn-train")


def test_applications_are_asked_for_once_for_many_lists(systems: Company, client: ProviderClient) -> None:
    inputs = conductor_permissions(systems, client)
    identity, made = client.create("rolecall:conductor:Permissions", **inputs)
    systems.clear_statistics()
    for _ in range(5):
        client.read("rolecall:conductor:Permissions", identity, **inputs)
    assert "GET /api/applications" not in systems.statistics("conductor")["calls"]
    assert client.diff("rolecall:conductor:Permissions", made, inputs).changes == rpc.DiffResponse.DIFF_NONE


def test_a_user_group_in_harness_that_others_gave_a_role_to_is_left_to_them(
    systems: Company, client: ProviderClient
) -> None:
    client.create("rolecall:harness:Permissions", **harness_permissions(systems, client))
    group: dict[str, Any] = {"name": "ml engineers", "managedBy": OWNER}
    identity, _ = client.create("rolecall:harness:UserGroup", **group)
    project = systems.harness.project
    project.assignments["theirs"] = {
        "identifier": "theirs",
        "resourceGroupIdentifier": "_all_project_level_resources",
        "roleIdentifier": "_project_viewer",
        "principal": {"type": "USER_GROUP", "scopeLevel": "project", "identifier": identity},
    }
    client.delete("rolecall:harness:UserGroup", identity, group)
    assert "theirs" in project.assignments, "another team's access stays"
    with pytest.raises(grpc.RpcError, match="is not Rolecall's"):
        client.delete("rolecall:harness:UserGroup", identity, group)
    project.user_groups[identity]["tags"] = {"managed-by": OWNER}
    del project.assignments["theirs"]
    client.delete("rolecall:harness:UserGroup", identity, group)
    assert not project.user_groups, "what it holds on our own goes with it"


def test_a_group_that_others_gave_something_to_is_left_to_them(systems: Company, client: ProviderClient) -> None:
    inputs = conductor_permissions(systems, client)
    client.create("rolecall:conductor:Permissions", **inputs)
    call = systems.conductor_call
    group: dict[str, Any] = {"name": "engineers", "managedBy": OWNER, "roles": ["USER"]}
    call("POST", "metadata/taskdefs", [{"name": "billing"}])
    request = {"subject": {"type": "GROUP", "id": "engineers"}, "access": ["EXECUTE"]}
    call("POST", "auth/authorization", {**request, "target": {"type": "TASK_DEF", "id": "billing"}})
    client.delete("rolecall:conductor:Group", "engineers", group)
    held = systems.conductor.cluster.permissions["TASK_DEF/billing"]
    assert held == {"GROUP/engineers": ["EXECUTE"]}, "another team's access stays"
    with pytest.raises(grpc.RpcError, match="is not Rolecall's"):
        client.delete("rolecall:conductor:Group", "engineers", group)
    client.create("rolecall:conductor:Group", **group, adopt=True)
    call("DELETE", "auth/authorization", {**request, "target": {"type": "TASK_DEF", "id": "billing"}})
    client.delete("rolecall:conductor:Group", "engineers", group)
    assert "engineers" not in systems.conductor.cluster.groups, "what it holds on our own goes with it"
