"""For each rule: a resource that is fine, and the same with one field changed that is not."""

from __future__ import annotations

import json
from typing import Any

from rolecall.policies import types
from tests.policies import (
    examples_access,
    examples_compute,
    examples_cost,
    examples_effects,
    examples_orchestrators,
    examples_settings,
)
from tests.policies.example import Example, changed, put, without
from tests.policies.examples_access import FEDERATION

TAGS = {
    name: {"type": "fixed", "value": "x"}
    for name in ("custom_tags.project", "custom_tags.environment", "custom_tags.owner")
}
POLICY = {
    "name": "small",
    "definition": json.dumps({"autotermination_minutes": {"type": "fixed", "value": 30}, **TAGS}),
}
JOB = {
    "name": "train",
    "tags": {"project": "p", "environment": "prod", "owner": "o"},
    "runAs": {"servicePrincipalName": "1"},
    "gitSource": {"url": "https://example.com", "tag": "v1"},
    "jobClusters": [{"jobClusterKey": "a", "newCluster": {"policyId": "1"}}],
    "tasks": [
        {"taskKey": "a", "jobClusterKey": "a", "notebookTask": {"notebookPath": "/a", "baseParameters": {"x": "1"}}}
    ],
}
PERMISSIONS = {
    "jobId": "1",
    "accessControls": [
        {"groupName": "emergency", "permissionLevel": "CAN_MANAGE"},
        {"groupName": "analysts", "permissionLevel": "CAN_VIEW"},
        {"servicePrincipalName": "1", "permissionLevel": "IS_OWNER"},
    ],
}
ASSIGNMENT = {"principalId": "1", "permissions": ["USER"]}


def definition(**elements: Any) -> str:
    return json.dumps({"autotermination_minutes": {"type": "fixed", "value": 30}, **TAGS, **elements})


GRANTED: dict[str, Any] = {
    "schema": "acme.churn",
    "grants": [
        {"principal": "analysts", "privileges": ["SELECT"]},
        {"principal": "account users", "privileges": ["USE_SCHEMA"]},
        {"principal": "emergency", "privileges": ["SELECT", "MANAGE"]},
    ],
}
ENTRIES = ("accessControls",)
EXAMPLES: dict[str, Example] = {
    "cluster-policy-ends-idle-clusters": Example(
        types.CLUSTER_POLICY,
        POLICY,
        (
            put("definition", value="{}"),
            put("definition", value="no json"),
            put("definition", value=definition(autotermination_minutes={"type": "fixed", "value": 0})),
            put("definition", value=definition(autotermination_minutes={"type": "fixed", "value": 121})),
            put("definition", value=definition(autotermination_minutes={"type": "range", "maxValue": 60})),
            put("definition", value=definition(autotermination_minutes={"type": "unlimited"})),
            without("definition"),
        ),
        (("definition",),),
    ),
    "cluster-policy-is-no-way-around": Example(
        types.CLUSTER_POLICY,
        POLICY,
        (
            put("definition", value=definition(data_security_mode={"type": "fixed", "value": "NONE"})),
            put("definition", value=definition(**{"ssh_public_keys.0": {"type": "fixed", "value": "ssh-ed25519 A"}})),
        ),
        (("definition",),),
    ),
    "job-clusters-under-policy": Example(
        types.JOB,
        JOB,
        (
            without("jobClusters", 0, "newCluster", "policyId"),
            put("tasks", 0, "newCluster", value={"numWorkers": 1}),
            put("tasks", 0, "forEachTask", value={"task": {"newCluster": {}}}),
            put("newCluster", value={"numWorkers": 1}),
        ),
        (("jobClusters",), ("tasks",), ("jobClusters", 0), ("jobClusters", 0, "newCluster"), ("tasks", 0)),
    ),
    "job-on-its-own-cluster": Example(
        types.JOB, JOB, (put("tasks", 0, "existingClusterId", value="c"),), (("tasks",), ("tasks", 0))
    ),
    "job-runs-as-service-principal": Example(
        types.JOB,
        JOB,
        (without("runAs"), put("runAs", value={"userName": "ada@example.com"}), put("runAs", value={})),
        (("runAs",),),
    ),
    "required-tags": Example(
        types.JOB,
        JOB,
        (without("tags", "owner"), without("tags"), put("tags", "project", value="")),
        (("tags",), ("tags", "owner")),
    ),
    "job-holds-no-secret": Example(
        types.JOB,
        JOB,
        (
            put("tasks", 0, "notebookTask", "baseParameters", "x", value="dapi" + "0" * 32),
            put("jobClusters", 0, "newCluster", "sparkEnvVars", value={"DB_PASSWORD": "correct horse"}),
        ),
        (),
    ),
    "production-code-is-pinned": Example(
        types.JOB, JOB, (put("gitSource", value={"url": "https://example.com", "branch": "main"}),), (("gitSource",),)
    ),
    "permissions-to-groups-not-persons": Example(
        types.PERMISSIONS,
        PERMISSIONS,
        (put("accessControls", 3, value={"userName": "ada@example.com", "permissionLevel": "CAN_VIEW"}),),
        (ENTRIES, ("accessControls", 1)),
    ),
    "all-users-only-view": Example(
        types.PERMISSIONS,
        changed(PERMISSIONS, put("accessControls", 3, value={"groupName": "users", "permissionLevel": "CAN_VIEW"})),
        (
            put("accessControls", 3, "permissionLevel", value="CAN_MANAGE_RUN"),
            put("accessControls", 4, value={"groupName": "account users", "permissionLevel": "CAN_USE"}),
        ),
        (ENTRIES, ("accessControls", 1), ("accessControls", 1, "groupName"), ("accessControls", 1, "permissionLevel")),
    ),
    "exactly-one-owner": Example(
        types.PERMISSIONS,
        PERMISSIONS,
        (
            without("accessControls", 2),
            put("accessControls", 3, value={"servicePrincipalName": "2", "permissionLevel": "IS_OWNER"}),
            put("accessControls", 2, value={"groupName": "engineers", "permissionLevel": "IS_OWNER"}),
            without("accessControls"),
        ),
        (ENTRIES, ("accessControls", 2), ("accessControls", 2, "permissionLevel")),
    ),
    "break-glass-stays": Example(
        types.PERMISSIONS,
        PERMISSIONS,
        (without("accessControls", 0), without("accessControls")),
        (ENTRIES, ("accessControls", 0), ("accessControls", 0, "groupName")),
    ),
    "production-only-for-bound-groups": Example(
        types.PERMISSIONS,
        PERMISSIONS,
        (put("accessControls", 3, value={"groupName": "engineers", "permissionLevel": "CAN_VIEW"}),),
        (ENTRIES, ("accessControls", 1), ("accessControls", 1, "groupName")),
    ),
    "few-workspace-administrators": Example(
        types.PERMISSION_ASSIGNMENT,
        ASSIGNMENT,
        (put("permissions", value=["ADMIN"]),),
        (("permissions",), ("permissions", 0)),
    ),
    "federation-names-one-workload": Example(
        types.SERVICE_PRINCIPAL_FEDERATION_POLICY,
        FEDERATION,
        (
            put("oidcPolicy", "subject", value="repo:acme/*"),
            put("oidcPolicy", "subject", value=""),
            without("oidcPolicy", "subject"),
        ),
        (("oidcPolicy",), ("oidcPolicy", "subject")),
    ),
    "federation-names-its-audience": Example(
        types.SERVICE_PRINCIPAL_FEDERATION_POLICY,
        FEDERATION,
        (put("oidcPolicy", "audiences", value=[]), without("oidcPolicy", "audiences")),
        (("oidcPolicy",), ("oidcPolicy", "audiences")),
    ),
    "data-not-for-everybody": Example(
        types.GRANTS,
        GRANTED,
        (
            put("grants", 1, value={"principal": "account users", "privileges": ["SELECT"]}),
            put("grants", 1, value={"principal": "users", "privileges": ["all privileges"]}),
        ),
        (("grants",), ("grants", 0), ("grants", 0, "privileges")),
    ),
    "data-to-groups-not-persons": Example(
        types.GRANTS,
        GRANTED,
        (put("grants", 0, "principal", value="ada@example.com"),),
        (("grants",), ("grants", 0), ("grants", 0, "privileges")),
    ),
    "secrets-not-for-everybody": Example(
        types.SECRET_ACL,
        {"scope": "payments", "principal": "analysts", "permission": "READ"},
        (put("principal", value="users"), put("principal", value="ada@example.com")),
        (("permission",),),
    ),
    "no-compute-without-policy": Example(
        types.GROUP,
        {"displayName": "x"},
        (put("allowClusterCreate", value=True), put("allowInstancePoolCreate", value=True)),
        (("allowClusterCreate",),),
    ),
    "no-long-lived-credentials": Example(types.TOKEN, {"comment": "x"}, (), ()),
    **examples_access.EXAMPLES,
    **examples_compute.EXAMPLES,
    **examples_effects.EXAMPLES,
    **examples_settings.EXAMPLES,
    **examples_orchestrators.EXAMPLES,
    **examples_cost.EXAMPLES,
}
