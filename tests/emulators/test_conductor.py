"""The Conductor emulator through Conductor's own client, conductor-python."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from conductor.client.configuration.configuration import Configuration
from conductor.client.configuration.settings.authentication_settings import AuthenticationSettings
from conductor.client.http.models.create_or_update_application_request import CreateOrUpdateApplicationRequest
from conductor.client.http.models.start_workflow_request import StartWorkflowRequest
from conductor.client.http.models.subject_ref import SubjectRef, SubjectType
from conductor.client.http.models.target_ref import TargetRef, TargetType
from conductor.client.http.models.task_def import TaskDef
from conductor.client.http.models.upsert_group_request import UpsertGroupRequest
from conductor.client.http.models.upsert_user_request import UpsertUserRequest
from conductor.client.http.models.workflow_def import WorkflowDef
from conductor.client.http.models.workflow_task import WorkflowTask
from conductor.client.http.rest import ApiException
from conductor.client.orkes.models.access_type import AccessType
from conductor.client.orkes.models.metadata_tag import MetadataTag
from conductor.client.orkes_clients import OrkesClients

from tests.support.identity import Company, company

WORKFLOW, TASK = "dev-churn-train", "databricks-job-as-dev-trainer"
ADA, BEN = "ada@example.com", "ben@example.com"

# The client's own models call what they say is deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def systems() -> Iterator[Company]:
    with company() as running:
        yield running


@pytest.fixture
def clients(systems: Company) -> OrkesClients:
    return clients_of(systems, *systems.conductor.access_key)


def clients_of(systems: Company, key: str, secret: str) -> OrkesClients:
    settings = AuthenticationSettings(key_id=key, key_secret=secret)
    address = f"{systems.conductor.address}/api"
    return OrkesClients(Configuration(server_api_url=address, authentication_settings=settings))


def define(clients: OrkesClients) -> None:
    metadata = clients.get_metadata_client()
    metadata.register_task_def(TaskDef(name=TASK))
    task = WorkflowTask(name=TASK, task_reference_name="run", type="SIMPLE", input_parameters={"job_id": 7})
    metadata.register_workflow_def(WorkflowDef(name=WORKFLOW, version=1, tasks=[task]), overwrite=True)


def test_groups_applications_and_their_keys(systems: Company, clients: OrkesClients) -> None:
    authorization = clients.get_authorization_client()
    authorization.upsert_group(UpsertGroupRequest("build models", ["USER"]), "engineers")
    assert {one.id for one in authorization.list_groups()} == {"others", "engineers"}
    authorization.add_user_to_group("engineers", ADA)
    assert [one.id for one in authorization.get_users_in_group("engineers")] == [ADA]
    made = authorization.create_application(CreateOrUpdateApplicationRequest("dev-trainer"))
    authorization.add_role_to_application_user(made.id, "WORKER")
    authorization.set_application_tags([MetadataTag("managed-by", "rolecall:acme")], made.id)
    assert [(one.key, one.value) for one in authorization.get_application_tags(made.id)] == [
        ("managed-by", "rolecall:acme")
    ]
    key = authorization.create_access_key(made.id)
    assert [one.id for one in authorization.get_access_keys(made.id)] == [key.id]
    worker = clients_of(systems, key.id, key.secret).get_authorization_client()
    assert worker.get_user_info_from_token()["id"] == f"app:{made.id}"
    with pytest.raises(ApiException, match="needs the role ADMIN"):
        worker.create_application(CreateOrUpdateApplicationRequest("mine"))
    authorization.delete_access_key(made.id, key.id)
    authorization.delete_application(made.id)
    assert made.id not in {one.id for one in authorization.list_applications()}
    with pytest.raises(ApiException, match="not found"):
        authorization.get_application(made.id)


def test_permissions_decide_who_may_start_and_change_a_workflow(systems: Company, clients: OrkesClients) -> None:
    define(clients)
    authorization = clients.get_authorization_client()
    authorization.upsert_group(UpsertGroupRequest("build models", ["USER"]), "engineers")
    authorization.add_user_to_group("engineers", ADA)
    subject, target = SubjectRef(SubjectType.GROUP, "engineers"), TargetRef(TargetType.WORKFLOW_DEF, WORKFLOW)
    authorization.grant_permissions(subject, target, [AccessType.READ, AccessType.EXECUTE])
    held = authorization.get_permissions(target)
    assert {access: [one.id for one in subjects] for access, subjects in held.items()} == {
        "READ": ["engineers"],
        "EXECUTE": ["engineers"],
    }
    body: dict[str, Any] = {"name": WORKFLOW, "correlationId": "c-1", "input": {}}
    with pytest.raises(httpx.HTTPStatusError, match="403"):
        systems.conductor_call("POST", "workflow", body, user=BEN)
    systems.conductor_call("POST", "workflow", body, user=ADA)
    (execution,) = systems.conductor.cluster.executions.values()
    assert (execution["createdBy"], execution["correlationId"]) == (ADA, "c-1")
    definition = systems.conductor_call("GET", f"metadata/workflow/{WORKFLOW}", user=ADA)
    with pytest.raises(httpx.HTTPStatusError, match="403"):
        systems.conductor_call("PUT", "metadata/workflow", [definition], user=ADA)
    request = {"subject": {"type": "USER", "id": BEN}, "target": {"type": "WORKFLOW_DEF", "id": WORKFLOW}}
    with pytest.raises(httpx.HTTPStatusError, match="403"):
        systems.conductor_call("POST", "auth/authorization", {**request, "access": ["READ"]}, user=ADA)
    authorization.grant_permissions(subject, target, [AccessType.UPDATE])
    systems.conductor_call("PUT", "metadata/workflow", [definition], user=ADA)
    authorization.remove_permissions(subject, target, [AccessType.EXECUTE, AccessType.UPDATE])
    with pytest.raises(httpx.HTTPStatusError, match="403"):
        systems.conductor_call("POST", "workflow", body, user=ADA)
    granted = authorization.get_granted_permissions_for_group("engineers")
    assert [(one.target.id, one.access) for one in granted] == [(WORKFLOW, ["READ"])]


def test_what_is_held_on_a_tag_is_held_on_every_workflow_that_has_it(systems: Company, clients: OrkesClients) -> None:
    define(clients)
    authorization, metadata = clients.get_authorization_client(), clients.get_metadata_client()
    subject, target = SubjectRef(SubjectType.USER, ADA), TargetRef(TargetType.TAG, "team:risk")
    authorization.grant_permissions(subject, target, [AccessType.READ, AccessType.EXECUTE])
    body: dict[str, Any] = {"name": WORKFLOW, "input": {}}
    with pytest.raises(httpx.HTTPStatusError, match="403"):
        systems.conductor_call("POST", "workflow", body, user=ADA)
    metadata.add_workflow_tag(MetadataTag("team", "risk"), WORKFLOW)
    assert [(one.key, one.value) for one in metadata.get_workflow_tags(WORKFLOW)] == [("team", "risk")]
    systems.conductor_call("POST", "workflow", body, user=ADA)
    metadata.delete_workflow_tag(MetadataTag("team", "risk"), WORKFLOW)
    with pytest.raises(httpx.HTTPStatusError, match="403"):
        systems.conductor_call("POST", "workflow", body, user=ADA)


def test_executions_are_started_by_the_client_too(systems: Company, clients: OrkesClients) -> None:
    define(clients)
    workflows = clients.get_workflow_client()
    identity = workflows.start_workflow(StartWorkflowRequest(name=WORKFLOW, version=1, correlation_id="c-2"))
    assert workflows.get_workflow(identity).correlation_id == "c-2"


def test_what_is_wrong_is_refused(systems: Company, clients: OrkesClients) -> None:
    authorization = clients.get_authorization_client()
    with pytest.raises(httpx.HTTPStatusError, match="400"):
        systems.conductor_call("PUT", "groups/engineers", {"roles": ["EMPEROR"]})
    with pytest.raises(ApiException, match="Group nobody not found"):
        authorization.grant_permissions(
            SubjectRef(SubjectType.GROUP, "nobody"), TargetRef(TargetType.WORKFLOW_DEF, WORKFLOW), [AccessType.READ]
        )


def test_a_wrong_key_and_a_missing_token_are_refused(systems: Company) -> None:
    address = f"{systems.conductor.address}/api"
    assert httpx.get(f"{address}/groups").status_code == 401
    answer = httpx.post(f"{address}/token", json={"keyId": "a", "keySecret": "b"})
    assert answer.status_code == 401
    assert answer.json()["message"] == "INVALID_CREDENTIALS"


def test_state_goes_on_where_it_was_saved(systems: Company, clients: OrkesClients) -> None:
    define(clients)
    with company(saved=systems.installation.to_json()) as later:
        assert WORKFLOW in later.conductor.cluster.workflows
        assert later.conductor.access_key == systems.conductor.access_key


def test_a_workflow_may_have_tasks_that_nobody_defined(systems: Company, clients: OrkesClients) -> None:
    task = WorkflowTask(name="nobody-knows", task_reference_name="run", type="SIMPLE")
    definition = WorkflowDef(name="loose", version=1, tasks=[task])
    clients.get_metadata_client().register_workflow_def(definition, overwrite=True)
    identity = clients.get_workflow_client().start_workflow(StartWorkflowRequest(name="loose", version=1))
    polled = clients.get_task_client().batch_poll_tasks(
        "nobody-knows", worker_id="w", count=5, timeout_in_millisecond=1
    )
    assert [one.workflow_instance_id for one in polled] == [identity]
    assert clients.get_task_client().batch_poll_tasks("nobody-knows", worker_id="w", count=5) == []
    clients.get_workflow_client().terminate_workflow(identity, "enough")
    assert clients.get_workflow_client().get_workflow(identity).status == "TERMINATED"


def test_a_workflow_is_started_and_answered_at_once(systems: Company, clients: OrkesClients) -> None:
    define(clients)
    request = StartWorkflowRequest(name=WORKFLOW, version=1)
    run = clients.get_workflow_client().execute_workflow(request, request_id="r-1", wait_for_seconds=1)
    assert (run.request_id, run.status) == ("r-1", "RUNNING")


def test_users_are_made_changed_and_removed(systems: Company, clients: OrkesClients) -> None:
    authorization = clients.get_authorization_client()
    made = authorization.upsert_user(UpsertUserRequest("Cleo", ["USER"], ["others"]), "cleo@example.com")
    assert (made.name, [one.id for one in made.groups]) == ("Cleo", ["others"])
    assert [one.id for one in authorization.get_users_in_group("others")] == ["cleo@example.com"]
    target = TargetRef(TargetType.WORKFLOW_DEF, WORKFLOW)
    authorization.grant_permissions(SubjectRef(SubjectType.USER, "cleo@example.com"), target, [AccessType.READ])
    (granted,) = authorization.get_granted_permissions_for_user("cleo@example.com")
    assert granted.target.id == WORKFLOW
    authorization.delete_user("cleo@example.com")
    with pytest.raises(ApiException, match="404"):
        authorization.get_user("cleo@example.com")
