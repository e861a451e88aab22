"""Examples for rules on orchestrators."""

from __future__ import annotations

from typing import Any

from rolecall.policies import types
from tests.policies.example import Example, put

WORKFLOW: dict[str, Any] = {
    "name": "prod-churn-train",
    "managedBy": "rolecall:acme",
    "tasks": [
        {
            "name": "databricks-job-as-prod-churn-trainer",
            "taskReferenceName": "run",
            "type": "SIMPLE",
            "inputParameters": {"job_id": "7", "principal": "prod-churn-trainer"},
        }
    ],
}
HOLDERS: dict[str, Any] = {
    "targetType": "WORKFLOW_DEF",
    "targetId": "prod-churn-train",
    "holders": [{"type": "GROUP", "name": "analysts", "access": ["READ"]}],
}
GROUP: dict[str, Any] = {"name": "analysts", "managedBy": "rolecall:acme", "roles": ["USER"]}
APPROVAL: dict[str, Any] = {
    "type": "HarnessApproval",
    "identifier": "approve",
    "spec": {"approvers": {"userGroups": ["leads"], "minimumCount": 1, "disallowPipelineExecutor": True}},
}
RUN: dict[str, Any] = {
    "type": "ShellScript",
    "identifier": "run",
    "spec": {"delegateSelectors": ["databricks-jobs-as-prod-churn-trainer"]},
}


def stage(step: dict[str, Any]) -> dict[str, Any]:
    """Return a stage with one step."""
    return {"stage": {"identifier": "train", "spec": {"execution": {"steps": [{"step": step}]}}}}


PIPELINE: dict[str, Any] = {
    "identifier": "prod_churn_train",
    "name": "prod-churn-train",
    "managedBy": "rolecall:acme",
    "stages": [stage(APPROVAL), stage(RUN)],
}
STEP = ("stage", "spec", "execution", "steps", 0, "step")
POOL: dict[str, Any] = {
    "name": "databricks-jobs-as-prod-churn-trainer",
    "managedBy": "rolecall:acme",
    "baseJobTemplate": {"variables": {"type": "object", "properties": {}}, "job_configuration": {"command": None}},
}
EXAMPLES: dict[str, Example] = {
    "workflow-holds-no-secret": Example(
        types.CONDUCTOR_WORKFLOW,
        WORKFLOW,
        (put("tasks", 0, "inputParameters", "token", value="dapi" + "0123456789abcdef" * 2),),
        (("tasks",),),
    ),
    "workflow-uses-no-stored-secret": Example(
        types.CONDUCTOR_WORKFLOW,
        WORKFLOW,
        (put("tasks", 0, "inputParameters", "header", value="Bearer ${workflow.secrets.databricks}"),),
        (("tasks",),),
    ),
    "workflow-to-groups-not-persons": Example(
        types.CONDUCTOR_PERMISSIONS,
        HOLDERS,
        (put("holders", 0, "type", value="USER"),),
        (("holders",), ("holders", 0), ("holders", 0, "type")),
    ),
    "workers-only-work": Example(
        types.CONDUCTOR_APPLICATION,
        {"name": "prod-churn-trainer", "managedBy": "rolecall:acme", "roles": ["WORKER"]},
        (put("roles", value=["WORKER", "ADMIN"]),),
        (("roles",),),
    ),
    "orchestrator-administered-by-few": Example(
        types.CONDUCTOR_GROUP,
        GROUP,
        (put("roles", value=["ADMIN"]),),
        (("roles",),),
    ),
    "orchestrator-roles-only-let-in": Example(
        types.PREFECT_TEAM,
        {"name": "engineers", "managedBy": "rolecall:acme", "workspaceRole": "Viewer"},
        (put("workspaceRole", value="Developer"),),
        (("workspaceRole",),),
    ),
    "pipeline-runs-on-named-delegates": Example(
        types.HARNESS_PIPELINE,
        PIPELINE,
        (put("stages", 1, *STEP, "spec", value={}),),
        (("stages",), ("stages", 1, *STEP, "spec", "delegateSelectors")),
    ),
    "pipeline-approved-by-others": Example(
        types.HARNESS_PIPELINE,
        PIPELINE,
        (
            put("stages", 0, *STEP, "spec", "approvers", "userGroups", value=[]),
            put("stages", 0, *STEP, "spec", "approvers", "disallowPipelineExecutor", value=False),
            put("stages", 0, *STEP, "spec", value={}),
        ),
        (("stages",), ("stages", 0, *STEP, "spec", "approvers", "userGroups")),
    ),
    "work-pool-takes-nothing-from-outside": Example(
        types.PREFECT_WORK_POOL,
        POOL,
        (put("baseJobTemplate", "variables", "properties", value={"command": {"type": "string"}}),),
        (("baseJobTemplate",),),
    ),
    "role-is-about-pipelines": Example(
        types.HARNESS_ROLE,
        {"identifier": "run", "managedBy": "rolecall:acme", "permissions": ["core_pipeline_execute"]},
        (put("permissions", 0, value="core_organization_edit"),),
        (("permissions",), ("permissions", 0)),
    ),
    "resource-group-names-pipelines": Example(
        types.HARNESS_RESOURCE_GROUP,
        {
            "identifier": "churn",
            "managedBy": "rolecall:acme",
            "resources": [{"type": "PIPELINE", "identifiers": ["prod_churn_train"]}],
        },
        (put("resources", 0, "type", value="SECRET"), put("resources", 0, "identifiers", value=[])),
        (("resources",), ("resources", 0), ("resources", 0, "identifiers")),
    ),
    "user-group-follows-identity-provider": Example(
        types.HARNESS_USER_GROUP,
        {"name": "analysts", "managedBy": "rolecall:acme"},
        (put("linked", value=False),),
        (("linked",),),
    ),
    "automation-starts-nothing": Example(
        types.PREFECT_AUTOMATION,
        {
            "name": "crashed",
            "managedBy": "rolecall:acme",
            "trigger": {"type": "event"},
            "actions": [{"type": "change-flow-run-state", "state": "CRASHED"}],
        },
        (put("actions", 0, "type", value="run-deployment"),),
        (("actions",), ("actions", 0), ("actions", 0, "type")),
    ),
}
