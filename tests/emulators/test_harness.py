"""The Harness emulator through Harness' own Python client, harness-open-api."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import yaml

from rolecall.emulators.harness.seed import new_key
from tests.support.identity import Company, company
from tests.support.lazily import Lazily

if TYPE_CHECKING:
    import harness_open_api as harness
else:
    harness = Lazily("harness_open_api")

ADA, BEN = "USER/ada@example.com", "USER/ben@example.com"
PIPELINE = "dev_churn_train"


@pytest.fixture
def systems() -> Iterator[Company]:
    with company() as running:
        yield running


class Clients:
    """The client of one caller, for the emulator's project."""

    def __init__(self, systems: Company, principal: str = "") -> None:
        self._emulator = systems.harness
        project = systems.harness.project
        key = systems.harness.key_of(principal or project.administrators[0])
        settings = harness.Configuration()
        settings.host = systems.harness.address
        settings.api_key = {"x-api-key": key}
        self.client = harness.ApiClient(settings)
        self.account = project.account
        self.scope = {"org_identifier": project.organization, "project_identifier": project.project}
        self._query = {
            "accountIdentifier": project.account,
            "orgIdentifier": project.organization,
            "projectIdentifier": project.project,
        }
        self._headers = {"x-api-key": key}

    def raw(self, method: str, path: str, body: object = None, text: str = "", **query: str) -> httpx.Response:
        """Ask for what the client has no method for."""
        headers = {**self._headers, **({"content-type": "application/yaml"} if text else {})}
        sent: dict[str, Any] = {"content": text} if text else {"json": body}
        address = f"{self._emulator.address}{path}"
        return httpx.request(method, address, params={**self._query, **query}, headers=headers, **sent)

    def pipeline(self, *stages: dict[str, Any], identifier: str = PIPELINE) -> str:
        told = {
            "identifier": identifier,
            "name": identifier,
            "orgIdentifier": self.scope["org_identifier"],
            "projectIdentifier": self.scope["project_identifier"],
            "tags": {"managed-by": "rolecall:acme"},
            "stages": list(stages) or [{"stage": {"name": "run", "identifier": "run", "type": "Custom", "spec": {}}}],
        }
        return str(yaml.safe_dump({"pipeline": told}))


@pytest.fixture
def owner(systems: Company) -> Clients:
    return Clients(systems)


def give(owner: Clients, role: str, principal: str, group: str = PIPELINE) -> None:
    """Assign a principal a role on a resource group, through the client."""
    sort, _, identity = principal.partition("/")
    body = {
        "resourceGroupIdentifier": group,
        "roleIdentifier": role,
        "principal": {"scopeLevel": "project", "identifier": identity, "type": sort},
        "disabled": False,
        "managed": False,
    }
    harness.RoleAssignmentsApi(owner.client).post_role_assignment(body, owner.account, **owner.scope)


def hold_one_pipeline(owner: Clients) -> None:
    group = {
        "identifier": PIPELINE,
        "name": PIPELINE,
        "resourceFilter": {"resources": [{"resourceType": "PIPELINE", "identifiers": [PIPELINE]}]},
    }
    owner.raw("POST", "/resourcegroup/api/v2/resourcegroup", {"resourceGroup": group}).raise_for_status()


def test_groups_accounts_and_roles_come_in_pages(systems: Company, owner: Clients) -> None:
    groups = harness.UserGroupApi(owner.client)
    for number in range(5):
        body = {"identifier": f"team_{number}", "name": f"team {number}", "ssoLinked": True, "linkedSsoId": "saml"}
        owner.raw("POST", "/ng/api/user-groups", body).raise_for_status()
    listed = groups.get_user_group_list(owner.account, **owner.scope)
    assert (len(listed.data.content), listed.data.total_items, listed.data.total_pages) == (2, 5, 3)
    assert groups.get_user_group(owner.account, "team_3", **owner.scope).data.linked_sso_id == "saml"
    with pytest.raises(harness.rest.ApiException) as caught:
        groups.delete_user_group(owner.account, "nobody", **owner.scope)
    assert caught.value.status == 404
    refused = owner.raw("POST", "/ng/api/user-groups", {"identifier": "a-b", "name": "a"})
    assert (refused.status_code, refused.json()["code"]) == (400, "INVALID_REQUEST")
    again = owner.raw("POST", "/ng/api/user-groups", {"identifier": "team_1", "name": "team"})
    assert again.json()["code"] == "DUPLICATE_FIELD"
    roles = harness.RolesApi(owner.client)
    roles.post_role(
        {"identifier": "seer", "name": "seer", "permissions": ["core_pipeline_view"]}, owner.account, **owner.scope
    )
    assert roles.get_role("seer", owner.account, **owner.scope).data.role.permissions == ["core_pipeline_view"]
    assert roles.get_role("_pipeline_executor", owner.account, **owner.scope).data.harness_managed
    accounts = harness.ServiceAccountApi(owner.client)
    body = {"identifier": "trainer", "name": "trainer", "email": "trainer@service.harness.io"}
    owner.raw("POST", "/ng/api/serviceaccount", body).raise_for_status()
    assert [one.identifier for one in accounts.list_service_account(owner.account, **owner.scope).data] == ["trainer"]
    assert not any(one == "SERVICE_ACCOUNT/trainer" for one in systems.harness.project.keys.values()), "no key is made"


def test_a_role_holds_on_the_resource_group_and_nowhere_else(systems: Company, owner: Clients) -> None:
    for identifier in (PIPELINE, "another"):
        owner.raw("POST", "/pipeline/api/pipelines/v2", text=owner.pipeline(identifier=identifier)).raise_for_status()
    hold_one_pipeline(owner)
    ada = Clients(systems, ADA)
    run = f"/pipeline/api/pipeline/execute/{PIPELINE}"
    assert ada.raw("POST", run).status_code == 403
    give(owner, "_pipeline_executor", ADA)
    with pytest.raises(harness.rest.ApiException) as caught:
        give(owner, "_pipeline_executor", ADA)
    assert caught.value.status == 400, "the same twice"
    assert ada.raw("POST", run).json()["data"]["planExecution"]["status"] == "Running"
    assert ada.raw("POST", "/pipeline/api/pipeline/execute/another").status_code == 403
    assert ada.raw("PUT", f"/pipeline/api/pipelines/v2/{PIPELINE}", text=owner.pipeline()).status_code == 403
    listed = ada.raw("POST", "/pipeline/api/pipelines/list", {}).json()["data"]["content"]
    assert [one["identifier"] for one in listed] == [PIPELINE]
    assert ada.raw("POST", "/authz/api/roleassignments", {}).status_code == 403, "nobody gives themselves a role"
    found = harness.RoleAssignmentsApi(owner.client).get_filtered_role_assignment_list(
        {"resourceGroupFilter": [PIPELINE]}, owner.account, **owner.scope
    )
    (assignment,) = found.data.content
    assert assignment.role_assignment.principal.identifier == "ada@example.com"
    harness.RoleAssignmentsApi(owner.client).delete_role_assignment(
        owner.account, assignment.role_assignment.identifier, **owner.scope
    )
    assert ada.raw("POST", run).status_code == 403


def test_several_assignments_leave_out_what_cannot_be_made(owner: Clients) -> None:
    hold_one_pipeline(owner)
    wanted = [
        {
            "resourceGroupIdentifier": PIPELINE,
            "roleIdentifier": role,
            "principal": {"identifier": "ada@example.com", "type": "USER"},
        }
        for role in ("_pipeline_executor", "nothing", "_pipeline_executor")
    ]
    made = owner.raw("POST", "/authz/api/roleassignments/multi", {"roleAssignments": wanted}).json()["data"]
    assert [one["roleAssignment"]["roleIdentifier"] for one in made] == ["_pipeline_executor"]


def test_an_approval_is_for_the_group_and_not_for_who_started_it(systems: Company, owner: Clients) -> None:
    spec = {"approvers": {"userGroups": ["leads"], "minimumCount": 1, "disallowPipelineExecutor": True}}
    step = {"step": {"type": "HarnessApproval", "name": "approve", "identifier": "approve", "spec": spec}}
    stage = {"type": "Approval", "name": "a", "identifier": "a", "spec": {"execution": {"steps": [step]}}}
    owner.raw("POST", "/pipeline/api/pipelines/v2", text=owner.pipeline({"stage": stage})).raise_for_status()
    hold_one_pipeline(owner)
    for principal in (ADA, BEN):
        give(owner, "_pipeline_executor", principal)
    ada, ben = Clients(systems, ADA), Clients(systems, BEN)
    started = ada.raw("POST", f"/pipeline/api/pipeline/execute/{PIPELINE}").json()["data"]["planExecution"]
    assert started["status"] == "ApprovalWaiting"
    path = f"/pipeline/api/approvals/{started['uuid']}/harness/activity"
    assert ben.raw("POST", path, {"action": "APPROVE"}).status_code == 403, "not in the group"
    owner.raw("POST", "/ng/api/user-groups", {"identifier": "leads", "name": "leads"}).raise_for_status()
    systems.harness.project.users |= {"ada@example.com": ["leads"], "ben@example.com": ["leads"]}
    assert ada.raw("POST", path, {"action": "APPROVE"}).status_code == 403, "she has started it"
    assert ben.raw("POST", path, {"action": "APPROVE"}).json()["data"]["status"] == "Running"
    shown = ben.raw("GET", f"/pipeline/api/pipelines/execution/v2/{started['uuid']}").json()["data"]
    assert shown["pipelineExecutionSummary"]["executionTriggerInfo"]["triggeredBy"]["identifier"] == ADA


def test_keys_and_the_scope_are_checked_and_the_state_is_kept(systems: Company, owner: Clients) -> None:
    address = f"{systems.harness.address}/authz/api/roles"
    assert httpx.get(address).json()["code"] == "INVALID_TOKEN"
    headers = {"x-api-key": new_key(systems.harness.project, ADA)}
    elsewhere = {"accountIdentifier": "another", "orgIdentifier": "default", "projectIdentifier": "x"}
    assert httpx.get(address, headers=headers, params=elsewhere).status_code == 400
    owner.raw("POST", "/ng/api/user-groups", {"identifier": "kept", "name": "kept"}).raise_for_status()
    with company(saved=systems.installation.to_json()) as later:
        assert "kept" in later.harness.project.user_groups
        httpx.post(f"{later.harness.address}/__reset").raise_for_status()
        assert "kept" not in later.harness.project.user_groups


def test_the_newer_routes_of_pipelines(systems: Company) -> None:
    clients = Clients(systems)
    project = systems.harness.project
    api = harness.PipelinesApi(clients.client)
    place = (project.organization, project.project)
    body = {"identifier": PIPELINE, "name": PIPELINE, "pipeline_yaml": clients.pipeline()}
    made = api.create_pipeline(body, *place, harness_account=clients.account)
    assert made.identifier == PIPELINE
    with pytest.raises(harness.rest.ApiException, match="Expected name"):
        api.create_pipeline({**body, "name": "another"}, *place, harness_account=clients.account)
    found = api.get_pipeline(*place, PIPELINE, harness_account=clients.account)
    assert (found.identifier, yaml.safe_load(found.pipeline_yaml)["pipeline"]["name"]) == (PIPELINE, PIPELINE)
    listed = api.list_pipelines(*place, harness_account=clients.account, search_term="churn")
    assert [one.identifier for one in listed] == [PIPELINE]
    run = harness.PipelineExecutionApi(clients.client)
    started = run.execute_pipeline(*place, PIPELINE, harness_account=clients.account, body={"inputs_yaml": ""})
    assert started.execution_details.execution_id
    api.delete_pipeline(*place, PIPELINE, harness_account=clients.account)
    with pytest.raises(harness.rest.ApiException, match="404"):
        api.get_pipeline(*place, PIPELINE, harness_account=clients.account)


def test_one_role_assignment(systems: Company) -> None:
    clients = Clients(systems)
    body = {
        "identifier": "ada_runs",
        "resourceGroupIdentifier": "_all_project_level_resources",
        "roleIdentifier": "_pipeline_executor",
        "principal": {"identifier": "ada@example.com", "type": "USER"},
    }
    clients.raw("POST", "/authz/api/roleassignments", body).raise_for_status()
    path = "/authz/api/roleassignments/ada_runs"
    found = clients.raw("GET", path).json()["data"]["roleAssignment"]
    assert found["principal"]["identifier"] == "ada@example.com"
    assert clients.raw("PUT", path, {**found, "disabled": True}).json()["data"]["roleAssignment"]["disabled"] is True
    assert clients.raw("PUT", path, {**found, "roleIdentifier": "_project_admin"}).status_code == 400
    assert clients.raw("GET", "/authz/api/roleassignments/nobody").status_code == 404
