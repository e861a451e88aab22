"""One of every type of the provider: what makes it, a change of it, and whether that needs a new object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.support.identity import ENTRA_APPLICATION, GROUPS, OKTA_APPLICATION, Company
from tests.support.provider import ProviderClient

Inputs = Callable[[Company, ProviderClient], dict[str, Any]]
OWNER = "rolecall:acme"
OKTA_GROUP: dict[str, Any] = {"name": "platform", "description": "those who run it", "managedBy": OWNER}
ENTRA_GROUP: dict[str, Any] = {"displayName": "platform", "mailNickname": "rolecall-platform", "managedBy": OWNER}
SERVER: dict[str, Any] = {
    "name": "workloads",
    "audience": "api://databricks",
    "managedBy": OWNER,
    "scopes": [{"name": "jobs"}, {"name": "models", "description": "serve models"}],
    "claims": [
        {"name": "department", "value": "user.department", "scopes": ["jobs"]},
        {"name": "groups", "value": "ml-", "valueType": "GROUPS", "groupFilter": "STARTS_WITH"},
    ],
    "policies": [
        {
            "name": "pipelines",
            "clients": ["ALL_CLIENTS"],
            "rules": [{"name": "jobs", "grantTypes": ["client_credentials"], "scopes": ["jobs"], "tokenMinutes": 10}],
        }
    ],
}


def user(systems: Company, name: str) -> str:
    return str(systems.okta_call("GET", f"users/{name}@example.com")["id"])


def entra_user(systems: Company, name: str) -> str:
    return str(systems.graph_call("GET", f"users/{name}@example.com")["id"])


def _rule(systems: Company, client: ProviderClient) -> dict[str, Any]:
    group, _ = client.create("rolecall:okta:Group", **OKTA_GROUP)
    expression = f'isMemberOfAnyGroup("{GROUPS["okta"]["engineers"]}")'
    return {"name": "rolecall platform", "expression": expression, "groupIds": [group]}


def _okta_membership(systems: Company, client: ProviderClient) -> dict[str, Any]:
    group, _ = client.create("rolecall:okta:Group", **OKTA_GROUP)
    return {"groupId": group, "members": [user(systems, "ada"), user(systems, "dora")], "managedBy": OWNER}


def _entra_membership(systems: Company, client: ProviderClient) -> dict[str, Any]:
    group, _ = client.create("rolecall:entra:Group", **ENTRA_GROUP)
    members = [entra_user(systems, "ada"), GROUPS["entra"]["analysts"]]
    return {"groupId": group, "members": members, "managedBy": OWNER}


def _principal(systems: Company, client: ProviderClient) -> dict[str, Any]:
    _, application = client.create("rolecall:entra:Application", displayName="dev-trainer", managedBy=OWNER)
    return {"applicationId": application["applicationId"]}


def _credential(systems: Company, client: ProviderClient) -> dict[str, Any]:
    identity, _ = client.create("rolecall:entra:Application", displayName="dev-trainer", managedBy=OWNER)
    subject = "repo:acme/ml:environment:dev"
    issuer = "https://token.actions.githubusercontent.com"
    return {"applicationObjectId": identity, "name": "github", "issuer": issuer, "subject": subject}


def _group_members(systems: Company, client: ProviderClient) -> dict[str, Any]:
    group = systems.databricks.account.add("Group", "platform")
    members = [{"userName": f"{name}@example.com", "externalId": f"00u{name}"} for name in ("ada", "new")]
    nested = systems.databricks.account.add("Group", "inner")
    return {"groupId": group.id, "members": members, "memberGroups": [nested.id]}


def _provisioned(systems: Company, client: ProviderClient) -> dict[str, Any]:
    group = GROUPS["okta"]["engineers"]
    client.create("rolecall:okta:AppGroupAssignment", appId=OKTA_APPLICATION, groupId=group)
    return {"externalId": group}


def _secret_access(systems: Company, client: ProviderClient) -> dict[str, Any]:
    account = systems.databricks.account
    name, space = next(iter(account.workspaces.items()))
    group = account.add("Group", "platform")
    space.assignments[group.id] = "USER"
    deployer = account.principals[account.admins[0]]
    space.secret_scopes["payments"] = {"backend_type": "DATABRICKS", "acls": {deployer.id: "MANAGE"}, "secrets": {}}
    entries = [
        {"principal": deployer.application_id, "permission": "MANAGE"},
        {"principal": "platform", "permission": "READ"},
    ]
    return {"workspaceHost": systems.databricks.addresses[name], "scope": "payments", "entries": entries}


TASK: dict[str, Any] = {"name": "databricks-job-as-dev-trainer", "description": "runs jobs", "managedBy": OWNER}
WORKFLOW: dict[str, Any] = {
    "name": "dev-churn-train",
    "description": "trains",
    "managedBy": OWNER,
    "tasks": [
        {
            "name": TASK["name"],
            "taskReferenceName": "run",
            "type": "SIMPLE",
            "inputParameters": {"job_id": "7", "request_id": "conductor-${workflow.workflowId}"},
        }
    ],
    "inputParameters": ["parameters"],
    "outputParameters": {"run_id": "${run.output.run_id}"},
}


def _workflow(systems: Company, client: ProviderClient) -> dict[str, Any]:
    client.create("rolecall:conductor:TaskDefinition", **TASK)
    return WORKFLOW


def conductor_permissions(systems: Company, client: ProviderClient) -> dict[str, Any]:
    client.create("rolecall:conductor:WorkflowDefinition", **_workflow(systems, client))
    client.create("rolecall:conductor:Group", name="engineers", managedBy=OWNER)
    client.create("rolecall:conductor:Application", name="dev-trainer", managedBy=OWNER)
    holders = [
        {"type": "APPLICATION", "name": "dev-trainer", "access": ["EXECUTE", "READ"]},
        {"type": "GROUP", "name": "engineers", "access": ["DELETE", "EXECUTE", "READ", "UPDATE"]},
    ]
    return {"targetType": "WORKFLOW_DEF", "targetId": WORKFLOW["name"], "holders": holders}


PIPELINE: dict[str, Any] = {
    "identifier": "dev_churn_train",
    "name": "dev-churn-train",
    "description": "trains",
    "managedBy": OWNER,
    "stages": [{"stage": {"name": "train", "identifier": "train", "type": "Custom", "spec": {}}}],
}
RESOURCE_GROUP: dict[str, Any] = {
    "identifier": "dev_churn_train",
    "resources": [{"type": "PIPELINE", "identifiers": ["dev_churn_train"]}],
    "managedBy": OWNER,
}
ROLE: dict[str, Any] = {"identifier": "rolecall_view", "permissions": ["core_pipeline_view"], "managedBy": OWNER}


def harness_permissions(systems: Company, client: ProviderClient) -> dict[str, Any]:
    client.create("rolecall:harness:ResourceGroup", **RESOURCE_GROUP)
    client.create("rolecall:harness:Role", **ROLE)
    client.create("rolecall:harness:UserGroup", name="ml engineers", managedBy=OWNER)
    client.create("rolecall:harness:ServiceAccount", name="dev-trainer", managedBy=OWNER)
    holders = [
        {"type": "SERVICE_ACCOUNT", "name": "dev-trainer", "access": "rolecall_view"},
        {"type": "USER_GROUP", "name": "ml engineers", "access": "rolecall_view"},
    ]
    return {"targetId": "dev_churn_train", "holders": holders}


POOL: dict[str, Any] = {"name": "databricks-jobs-as-dev-trainer", "description": "runs jobs", "managedBy": OWNER}
DEPLOYMENT: dict[str, Any] = {
    "name": "dev-churn-train",
    "description": "trains",
    "flow": "run-databricks-job",
    "entrypoint": "rolecall.flows.prefect_flow.run_databricks_job",
    "workPool": POOL["name"],
    "parameterSchema": {"type": "object", "properties": {}, "additionalProperties": False},
    "concurrencyLimit": 1,
    "tags": ["dev", "churn"],
    "managedBy": OWNER,
}
AUTOMATION: dict[str, Any] = {
    "name": "dev-churn-train-crashed",
    "description": "takes up crashed runs",
    "trigger": {"type": "event", "expect": ["prefect.flow-run.Crashed"], "posture": "Reactive", "threshold": 1},
    "actions": [{"type": "change-flow-run-state", "state": "SCHEDULED", "name": "AwaitingRetry"}],
    "managedBy": OWNER,
}


def _deployment(systems: Company, client: ProviderClient) -> dict[str, Any]:
    client.create("rolecall:prefect:WorkPool", **POOL)
    return DEPLOYMENT


def _prefect_permissions(systems: Company, client: ProviderClient) -> dict[str, Any]:
    client.create("rolecall:prefect:Deployment", **_deployment(systems, client))
    client.create("rolecall:prefect:Team", name="engineers", managedBy=OWNER)
    client.create("rolecall:prefect:ServiceAccount", name="dev-trainer", managedBy=OWNER)
    holders = [
        {"type": "SERVICE_ACCOUNT", "name": "dev-trainer", "access": "RUN"},
        {"type": "TEAM", "name": "engineers", "access": "MANAGE"},
    ]
    target = "run-databricks-job/dev-churn-train"
    return {"targetType": "DEPLOYMENT", "targetId": target, "holders": holders, "managedBy": OWNER}


# A type, what makes one, a change of it, and whether that needs a new object.
CASES: dict[str, tuple[Inputs, dict[str, Any], bool]] = {
    "rolecall:okta:Group": (lambda *_: OKTA_GROUP, {"name": "platform-team"}, False),
    "rolecall:okta:GroupRule": (_rule, {"expression": 'user.department=="ML"'}, False),
    "rolecall:okta:AppGroupAssignment": (
        lambda *_: {"appId": OKTA_APPLICATION, "groupId": GROUPS["okta"]["engineers"]},
        {"groupId": GROUPS["okta"]["analysts"]},
        True,
    ),
    "rolecall:okta:GroupMembership": (_okta_membership, {"members": []}, False),
    "rolecall:okta:AuthorizationServer": (lambda *_: SERVER, {"scopes": [{"name": "jobs"}]}, False),
    "rolecall:entra:Group": (lambda *_: ENTRA_GROUP, {"displayName": "platform-team"}, False),
    "rolecall:entra:GroupMembership": (_entra_membership, {"members": []}, False),
    "rolecall:entra:AppRoleAssignment": (
        lambda *_: {"resourceId": ENTRA_APPLICATION, "principalId": GROUPS["entra"]["engineers"]},
        {"principalId": GROUPS["entra"]["analysts"]},
        True,
    ),
    "rolecall:entra:Application": (
        lambda *_: {"displayName": "dev-trainer", "managedBy": OWNER},
        {"description": "trains"},
        False,
    ),
    "rolecall:entra:ServicePrincipal": (_principal, {"applicationId": "another"}, True),
    "rolecall:entra:FederatedIdentityCredential": (_credential, {"subject": "repo:acme/ml:ref:refs/tags/v1"}, False),
    "rolecall:conductor:Group": (
        lambda *_: {"name": "engineers", "description": "build models", "managedBy": OWNER},
        {"roles": ["USER", "METADATA_MANAGER"]},
        False,
    ),
    "rolecall:conductor:Application": (
        lambda *_: {"name": "dev-trainer", "managedBy": OWNER},
        {"name": "dev-trainer-2"},
        False,
    ),
    "rolecall:conductor:TaskDefinition": (lambda *_: TASK, {"retryCount": 5}, False),
    "rolecall:conductor:WorkflowDefinition": (_workflow, {"timeoutSeconds": 7200}, False),
    "rolecall:conductor:Permissions": (
        conductor_permissions,
        {"holders": [{"type": "GROUP", "name": "engineers", "access": ["READ"]}]},
        False,
    ),
    "rolecall:harness:UserGroup": (
        lambda *_: {"name": "ml engineers", "managedBy": OWNER},
        {"description": "build models"},
        False,
    ),
    "rolecall:harness:ServiceAccount": (
        lambda *_: {"name": "dev-trainer", "managedBy": OWNER},
        {"description": "trains"},
        False,
    ),
    "rolecall:harness:Role": (lambda *_: ROLE, {"permissions": ["core_pipeline_execute", "core_pipeline_view"]}, False),
    "rolecall:harness:ResourceGroup": (
        lambda *_: RESOURCE_GROUP,
        {"resources": [{"type": "PIPELINE", "identifiers": ["another"]}]},
        False,
    ),
    "rolecall:harness:Pipeline": (lambda *_: PIPELINE, {"description": "trains at night"}, False),
    "rolecall:harness:Permissions": (
        harness_permissions,
        {"holders": [{"type": "USER_GROUP", "name": "ml engineers", "access": "_pipeline_executor"}]},
        False,
    ),
    "rolecall:prefect:Team": (
        lambda *_: {"name": "engineers", "managedBy": OWNER},
        {"workspaceRole": "Runner"},
        False,
    ),
    "rolecall:prefect:ServiceAccount": (
        lambda *_: {"name": "dev-trainer", "managedBy": OWNER},
        {"workspaceRole": "Worker"},
        False,
    ),
    "rolecall:prefect:WorkPool": (lambda *_: POOL, {"concurrencyLimit": 3}, False),
    "rolecall:prefect:Variable": (
        lambda *_: {"name": "rolecall_dev_churn_train", "value": {"job_id": "7"}, "managedBy": OWNER},
        {"value": {"job_id": "8"}},
        False,
    ),
    "rolecall:prefect:Deployment": (_deployment, {"concurrencyLimit": 2}, False),
    "rolecall:prefect:Automation": (lambda *_: AUTOMATION, {"description": "other words"}, False),
    "rolecall:prefect:Permissions": (
        _prefect_permissions,
        {"holders": [{"type": "TEAM", "name": "engineers", "access": "VIEW"}]},
        False,
    ),
    "rolecall:databricks:GroupMembers": (_group_members, {"memberGroups": []}, False),
    "rolecall:databricks:SecretAccess": (
        _secret_access,
        {"entries": [{"principal": "platform", "permission": "MANAGE"}]},
        False,
    ),
    "rolecall:databricks:ProvisionedGroup": (_provisioned, {"externalId": "00ganother"}, True),
}
