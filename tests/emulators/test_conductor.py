"""The Conductor emulator through Conductor's own client, conductor-python."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.support.identity import Company, company
from tests.support.lazily import Lazily

if TYPE_CHECKING:
    from tests.support import conductor_client as client
else:
    client = Lazily("tests.support.conductor_client")

WORKFLOW, TASK = "dev-churn-train", "databricks-job-as-dev-trainer"
ADA, BEN = "ada@example.com", "ben@example.com"

# The client's own models call what they say is deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def systems() -> Iterator[Company]:
    with company() as running:
        yield running


@pytest.fixture
def clients(systems: Company) -> client.OrkesClients:
    return clients_of(systems, *systems.conductor.access_key)


def clients_of(systems: Company, key: str, secret: str) -> client.OrkesClients:
    settings = client.AuthenticationSettings(key_id=key, key_secret=secret)
    address = f"{systems.conductor.address}/api"
    return client.OrkesClients(client.Configuration(server_api_url=address, authentication_settings=settings))


def define(clients: client.OrkesClients) -> None:
    metadata = clients.get_metadata_client()
    metadata.register_task_def(client.TaskDef(name=TASK))
    task = client.WorkflowTask(name=TASK, task_reference_name="run", type="SIMPLE", input_parameters={"job_id": 7})
    metadata.register_workflow_def(client.WorkflowDef(name=WORKFLOW, version=1, tasks=[task]), overwrite=True)


def test_groups_applications_and_their_keys(systems: Company, clients: client.OrkesClients) -> None:
    authorization = clients.get_authorization_client()
    authorization.upsert_group(client.UpsertGroupRequest("build models", ["USER"]), "engineers")
    assert {one.id for one in authorization.list_groups()} == {"others", "engineers"}
    authorization.add_user_to_group("engineers", ADA)
    assert [one.id for one in authorization.get_users_in_group("engineers")] == [ADA]
    made = authorization.create_application(client.CreateOrUpdateApplicationRequest("dev-trainer"))
    authorization.add_role_to_application_user(made.id, "WORKER")
    authorization.set_application_tags([client.MetadataTag("managed-by", "rolecall:acme")], made.id)
    assert [(one.key, one.value) for one in authorization.get_application_tags(made.id)] == [
        ("managed-by", "rolecall:acme")
    ]
    key = authorization.create_access_key(made.id)
    assert [one.id for one in authorization.get_access_keys(made.id)] == [key.id]
    worker = clients_of(systems, key.id, key.secret).get_authorization_client()
    assert worker.get_user_info_from_token()["id"] == f"app:{made.id}"
    with pytest.raises(client.ApiException, match="needs the role ADMIN"):
        worker.create_application(client.CreateOrUpdateApplicationRequest("mine"))
    authorization.delete_access_key(made.id, key.id)
    authorization.delete_application(made.id)
    assert made.id not in {one.id for one in authorization.list_applications()}
    with pytest.raises(client.ApiException, match="not found"):
        authorization.get_application(made.id)


def test_permissions_decide_who_may_start_and_change_a_workflow(systems: Company, clients: client.OrkesClients) -> None:
    define(clients)
    authorization = clients.get_authorization_client()
    authorization.upsert_group(client.UpsertGroupRequest("build models", ["USER"]), "engineers")
    authorization.add_user_to_group("engineers", ADA)
    subject, target = (
        client.SubjectRef(client.SubjectType.GROUP, "engineers"),
        client.TargetRef(client.TargetType.WORKFLOW_DEF, WORKFLOW),
    )
    authorization.grant_permissions(subject, target, [client.AccessType.READ, client.AccessType.EXECUTE])
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
    authorization.grant_permissions(subject, target, [client.AccessType.UPDATE])
    systems.conductor_call("PUT", "metadata/workflow", [definition], user=ADA)
    authorization.remove_permissions(subject, target, [client.AccessType.EXECUTE, client.AccessType.UPDATE])
    with pytest.raises(httpx.HTTPStatusError, match="403"):
        systems.conductor_call("POST", "workflow", body, user=ADA)
    granted = authorization.get_granted_permissions_for_group("engineers")
    assert [(one.target.id, one.access) for one in granted] == [(WORKFLOW, ["READ"])]


def test_a_grant_on_a_tag_applies_to_every_tagged_workflow(systems: Company, clients: client.OrkesClients) -> None:
    define(clients)
    authorization, metadata = clients.get_authorization_client(), clients.get_metadata_client()
    subject, target = (
        client.SubjectRef(client.SubjectType.USER, ADA),
        client.TargetRef(client.TargetType.TAG, "team:risk"),
    )
    authorization.grant_permissions(subject, target, [client.AccessType.READ, client.AccessType.EXECUTE])
    body: dict[str, Any] = {"name": WORKFLOW, "input": {}}
    with pytest.raises(httpx.HTTPStatusError, match="403"):
        systems.conductor_call("POST", "workflow", body, user=ADA)
    metadata.add_workflow_tag(client.MetadataTag("team", "risk"), WORKFLOW)
    assert [(one.key, one.value) for one in metadata.get_workflow_tags(WORKFLOW)] == [("team", "risk")]
    systems.conductor_call("POST", "workflow", body, user=ADA)
    metadata.delete_workflow_tag(client.MetadataTag("team", "risk"), WORKFLOW)
    with pytest.raises(httpx.HTTPStatusError, match="403"):
        systems.conductor_call("POST", "workflow", body, user=ADA)


def test_executions_are_started_by_the_client_too(systems: Company, clients: client.OrkesClients) -> None:
    define(clients)
    workflows = clients.get_workflow_client()
    identity = workflows.start_workflow(client.StartWorkflowRequest(name=WORKFLOW, version=1, correlation_id="c-2"))
    assert workflows.get_workflow(identity).correlation_id == "c-2"


def test_what_is_wrong_is_refused(systems: Company, clients: client.OrkesClients) -> None:
    authorization = clients.get_authorization_client()
    with pytest.raises(httpx.HTTPStatusError, match="400"):
        systems.conductor_call("PUT", "groups/engineers", {"roles": ["EMPEROR"]})
    with pytest.raises(client.ApiException, match="Group nobody not found"):
        authorization.grant_permissions(
            client.SubjectRef(client.SubjectType.GROUP, "nobody"),
            client.TargetRef(client.TargetType.WORKFLOW_DEF, WORKFLOW),
            [client.AccessType.READ],
        )


def test_a_wrong_key_and_a_missing_token_are_refused(systems: Company) -> None:
    address = f"{systems.conductor.address}/api"
    assert httpx.get(f"{address}/groups").status_code == 401
    answer = httpx.post(f"{address}/token", json={"keyId": "a", "keySecret": "b"})
    assert answer.status_code == 401
    assert answer.json()["message"] == "INVALID_CREDENTIALS"


def test_state_goes_on_where_it_was_saved(systems: Company, clients: client.OrkesClients) -> None:
    define(clients)
    with company(saved=systems.installation.to_json()) as later:
        assert WORKFLOW in later.conductor.cluster.workflows
        assert later.conductor.access_key == systems.conductor.access_key


def test_a_workflow_may_have_tasks_that_nobody_defined(systems: Company, clients: client.OrkesClients) -> None:
    task = client.WorkflowTask(name="nobody-knows", task_reference_name="run", type="SIMPLE")
    definition = client.WorkflowDef(name="loose", version=1, tasks=[task])
    clients.get_metadata_client().register_workflow_def(definition, overwrite=True)
    identity = clients.get_workflow_client().start_workflow(client.StartWorkflowRequest(name="loose", version=1))
    polled = clients.get_task_client().batch_poll_tasks(
        "nobody-knows", worker_id="w", count=5, timeout_in_millisecond=1
    )
    assert [one.workflow_instance_id for one in polled] == [identity]
    assert clients.get_task_client().batch_poll_tasks("nobody-knows", worker_id="w", count=5) == []
    clients.get_workflow_client().terminate_workflow(identity, "enough")
    assert clients.get_workflow_client().get_workflow(identity).status == "TERMINATED"


def test_a_workflow_is_started_and_answered_at_once(systems: Company, clients: client.OrkesClients) -> None:
    define(clients)
    request = client.StartWorkflowRequest(name=WORKFLOW, version=1)
    run = clients.get_workflow_client().execute_workflow(request, request_id="r-1", wait_for_seconds=1)
    assert (run.request_id, run.status) == ("r-1", "RUNNING")


def test_users_are_made_changed_and_removed(systems: Company, clients: client.OrkesClients) -> None:
    authorization = clients.get_authorization_client()
    made = authorization.upsert_user(client.UpsertUserRequest("Cleo", ["USER"], ["others"]), "cleo@example.com")
    assert (made.name, [one.id for one in made.groups]) == ("Cleo", ["others"])
    assert [one.id for one in authorization.get_users_in_group("others")] == ["cleo@example.com"]
    target = client.TargetRef(client.TargetType.WORKFLOW_DEF, WORKFLOW)
    authorization.grant_permissions(
        client.SubjectRef(client.SubjectType.USER, "cleo@example.com"), target, [client.AccessType.READ]
    )
    (granted,) = authorization.get_granted_permissions_for_user("cleo@example.com")
    assert granted.target.id == WORKFLOW
    authorization.delete_user("cleo@example.com")
    with pytest.raises(client.ApiException, match="404"):
        authorization.get_user("cleo@example.com")
