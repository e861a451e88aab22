"""Examples for rules on orchestrators."""

from __future__ import annotations

from typing import Any

from policies import types
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
}
