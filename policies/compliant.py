"""Properties of resources that comply with every rule: what examples of several rules start from."""

from __future__ import annotations

import base64
import json
from typing import Any

from rolecall.policies.example import Example, put
from rolecall.policies.types import WORKSPACE_CONF

FIXED_TAGS = {
    name: {"type": "fixed", "value": "x"}
    for name in ("custom_tags.project", "custom_tags.environment", "custom_tags.owner")
}
POLICY: dict[str, Any] = {
    "name": "small",
    "definition": json.dumps({"autotermination_minutes": {"type": "fixed", "value": 30}, **FIXED_TAGS}),
}
JOB: dict[str, Any] = {
    "name": "train",
    "tags": {"project": "p", "environment": "prod", "owner": "o"},
    "runAs": {"servicePrincipalName": "1"},
    "gitSource": {"url": "https://example.com", "tag": "v1"},
    "jobClusters": [{"jobClusterKey": "a", "newCluster": {"policyId": "1"}}],
    "tasks": [
        {"taskKey": "a", "jobClusterKey": "a", "notebookTask": {"notebookPath": "/a", "baseParameters": {"x": "1"}}}
    ],
}
PERMISSIONS: dict[str, Any] = {
    "jobId": "1",
    "accessControls": [
        {"groupName": "emergency", "permissionLevel": "CAN_MANAGE"},
        {"groupName": "analysts", "permissionLevel": "CAN_VIEW"},
        {"servicePrincipalName": "1", "permissionLevel": "IS_OWNER"},
    ],
}
GRANTED: dict[str, Any] = {
    "schema": "acme.churn",
    "grants": [
        {"principal": "analysts", "privileges": ["SELECT"]},
        {"principal": "account users", "privileges": ["USE_SCHEMA"]},
        {"principal": "emergency", "privileges": ["SELECT", "MANAGE"]},
    ],
}
ENTRIES = "accessControls"
FEDERATION: dict[str, Any] = {
    "servicePrincipalId": 1,
    "policyId": "github",
    "oidcPolicy": {
        "issuer": "https://token.actions.githubusercontent.com",
        "subject": "repo:acme/churn:environment:prod",
        "audiences": ["https://github.com/acme"],
    },
}
TOKENS: dict[str, Any] = {
    "authorization": "tokens",
    "accessControls": [{"groupName": "emergency", "permissionLevel": "CAN_USE"}],
}
SCHEMA: dict[str, Any] = {"catalogName": "acme", "name": "churn", "comment": "Churn", "owner": "engineers"}
CATALOG: dict[str, Any] = {"name": "acme", "comment": "All of Acme", "isolationMode": "ISOLATED"}
METASTORE: dict[str, Any] = {
    "name": "main",
    "deltaSharingScope": "INTERNAL_AND_EXTERNAL",
    "deltaSharingRecipientTokenLifetimeInSeconds": 86400,
}
GRANTS: dict[str, Any] = {"schema": "acme.churn", "grants": [{"principal": "analysts", "privileges": ["SELECT"]}]}
CLUSTER: dict[str, Any] = {
    "clusterName": "shared",
    "sparkVersion": "16.4.x-scala2.12",
    "nodeTypeId": "i3.xlarge",
    "policyId": "1",
    "numWorkers": 2,
    "autoterminationMinutes": 30,
    "dataSecurityMode": "USER_ISOLATION",
    "clusterLogConf": {"volumes": {"destination": "/Volumes/acme/logs/clusters"}},
    "initScripts": [{"volumes": {"destination": "/Volumes/acme/scripts/setup.sh"}}],
    "libraries": [{"pypi": {"package": "scikit-learn==1.7.2"}}],
    "sparkConf": {"spark.speculation": "true"},
    "customTags": {"project": "p", "environment": "prod", "owner": "o"},
}
JOB_WITH_NEW_CLUSTER: dict[str, Any] = {
    "name": "train",
    "tasks": [{"taskKey": "a", "notebookTask": {"notebookPath": "/a"}, "newCluster": {"numWorkers": 1}}],
}
RECORDED_SERVING: dict[str, Any] = {
    "name": "churn",
    "config": {"servedEntities": [{"entityName": "acme.churn.model", "entityVersion": "1"}]},
    "aiGateway": {
        "rateLimits": [{"calls": 100, "renewalPeriod": "minute", "key": "user"}],
        "inferenceTableConfig": {"catalogName": "acme", "schemaName": "calls", "enabled": True},
    },
}
PIPELINE: dict[str, Any] = {"name": "features", "catalog": "acme", "schema": "features", "development": False}
TAGS: dict[str, Any] = {"project": "p", "environment": "dev", "owner": "o"}
WAREHOUSE: dict[str, Any] = {
    "name": "reports",
    "clusterSize": "Small",
    "autoStopMins": 10,
    "maxNumClusters": 2,
    "tags": {"customTags": [{"key": key, "value": value} for key, value in TAGS.items()]},
}
POOL: dict[str, Any] = {
    "instancePoolName": "p",
    "nodeTypeId": "i3.xlarge",
    "idleInstanceAutoterminationMinutes": 10,
    "maxCapacity": 20,
    "minIdleInstances": 0,
    "customTags": TAGS,
}
LIMITED_JOB: dict[str, Any] = {
    "name": "train",
    "timeoutSeconds": 3600,
    "maxConcurrentRuns": 1,
    "tasks": [
        {
            "taskKey": "a",
            "maxRetries": 2,
            "notebookTask": {"notebookPath": "/a"},
            "newCluster": {"numWorkers": 2, "awsAttributes": {"availability": "SPOT_WITH_FALLBACK"}},
        }
    ],
}
CLUSTERS_PATHS = ("tasks", "tasks.0", "tasks.0.newCluster")
NOTEBOOK: dict[str, Any] = {
    "path": "/Shared/churn/train",
    "language": "PYTHON",
    "contentBase64": base64.b64encode(b"spark.read.table('acme.churn.calls')\n").decode(),
}
POOL_WITH_IMAGE: dict[str, Any] = {
    "instancePoolName": "ready",
    "idleInstanceAutoterminationMinutes": 10,
    "preloadedDockerImages": [{"url": "registry.acme.example/ml:2026.11.1"}],
}
WORKSPACE_CONFIGURATION: dict[str, Any] = {
    "customConfig": {
        "maxTokenLifetimeDays": "30",
        "enableIpAccessLists": "true",
        "enableVerboseAuditLogs": "true",
        "enableResultsDownloading": "false",
        "enableWebTerminal": "false",
        "storeInteractiveNotebookResultsInCustomerAccount": "true",
    }
}
WORKSPACE: dict[str, Any] = {
    "accountId": "a",
    "workspaceName": "ml",
    "pricingTier": "ENTERPRISE",
    "networkId": "n",
    "managedServicesCustomerManagedKeyId": "k",
    "storageCustomerManagedKeyId": "k",
}
ADDRESSES: dict[str, Any] = {"label": "offices", "listType": "ALLOW", "ipAddresses": ["203.0.113.0/24", "198.51.100.7"]}
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
HARNESS_APPROVAL: dict[str, Any] = {
    "type": "HarnessApproval",
    "identifier": "approve",
    "spec": {"approvers": {"userGroups": ["leads"], "minimumCount": 1, "disallowPipelineExecutor": True}},
}
HARNESS_RUN: dict[str, Any] = {
    "type": "ShellScript",
    "identifier": "run",
    "spec": {"delegateSelectors": ["databricks-jobs-as-prod-churn-trainer"]},
}


def _stage(step: dict[str, Any]) -> dict[str, Any]:
    return {"stage": {"identifier": "train", "spec": {"execution": {"steps": [{"step": step}]}}}}


HARNESS_PIPELINE: dict[str, Any] = {
    "identifier": "prod_churn_train",
    "name": "prod-churn-train",
    "managedBy": "rolecall:acme",
    "stages": [_stage(HARNESS_APPROVAL), _stage(HARNESS_RUN)],
}
HARNESS_STEP = "stage.spec.execution.steps.0.step"


def definition(**elements: Any) -> str:
    """Return the definition of a cluster policy that complies, with changes."""
    return json.dumps({"autotermination_minutes": {"type": "fixed", "value": 30}, **FIXED_TAGS, **elements})


def key_example(name: str, value: str) -> Example:
    """Return the example of a key of a workspace's configuration and a value that does not comply."""
    bad = put(f"customConfig.{name}", value)
    return Example(WORKSPACE_CONF, WORKSPACE_CONFIGURATION, (bad,), ("customConfig",))


def _object(version: str, kind: str, name: str, content: dict[str, Any], **more: Any) -> dict[str, Any]:
    place = {} if kind in ("Namespace", "StorageClass") else {"namespace": "prod-churn"}
    frame = {"cluster": "lab", "apiVersion": version, "kind": kind, "name": name, **place, **more}
    return {**frame, "content": content, "managedBy": "rolecall:acme"}


_POLICY = "policy.linkerd.io/v1alpha1"
NAMESPACE = _object(
    "v1",
    "Namespace",
    "prod-churn",
    {},
    annotations={"linkerd.io/inject": "enabled", "config.linkerd.io/default-inbound-policy": "deny"},
)
SERVER = _object(
    "policy.linkerd.io/v1beta3",
    "Server",
    "scorer",
    {"spec": {"accessPolicy": "deny", "podSelector": {"matchLabels": {"app": "scorer"}}, "port": 8080}},
)
AUTHORIZATION_POLICY = _object(
    _POLICY,
    "AuthorizationPolicy",
    "scorer.callers",
    {
        "spec": {
            "targetRef": {"group": "policy.linkerd.io", "kind": "Server", "name": "scorer"},
            "requiredAuthenticationRefs": [
                {"group": "policy.linkerd.io", "kind": "MeshTLSAuthentication", "name": "scorer.callers"}
            ],
        }
    },
)
MESH_AUTHENTICATION = _object(
    _POLICY,
    "MeshTLSAuthentication",
    "scorer.callers",
    {"spec": {"identityRefs": [{"kind": "ServiceAccount", "name": "web", "namespace": "prod-churn"}]}},
)
NETWORK_AUTHENTICATION = _object(
    _POLICY, "NetworkAuthentication", "scorer.probes", {"spec": {"networks": [{"cidr": "10.9.0.0/16"}]}}
)
NETWORK_POLICY = _object(
    "networking.k8s.io/v1",
    "NetworkPolicy",
    "scorer.callers",
    {
        "spec": {
            "podSelector": {},
            "policyTypes": ["Ingress"],
            "ingress": [
                {
                    "from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "prod-churn"}}}],
                    "ports": [{"port": 4143, "protocol": "TCP"}],
                }
            ],
        }
    },
)
CERTIFICATE = _object(
    "cert-manager.io/v1",
    "Certificate",
    "linkerd-identity-issuer",
    {
        "spec": {
            "isCA": True,
            "commonName": "identity.linkerd.cluster.local",
            "secretName": "linkerd-identity-issuer",
            "duration": "48h0m0s",
            "renewBefore": "25h0m0s",
            "issuerRef": {"name": "linkerd-identity-issuer", "kind": "ClusterIssuer"},
        }
    },
    namespace="linkerd",
)
STORAGE_CLASS = _object(
    "storage.k8s.io/v1",
    "StorageClass",
    "prod-churn-confidential",
    {
        "provisioner": "driver.longhorn.io",
        "parameters": {
            "encrypted": "true",
            **{
                f"csi.storage.k8s.io/{user}-secret-{part}": value
                for user in ("node-stage", "node-publish")
                for part, value in (("name", "volume-key-confidential"), ("namespace", "prod-churn"))
            },
        },
    },
)
ROLE_BINDING = _object(
    "rbac.authorization.k8s.io/v1",
    "RoleBinding",
    "readers",
    {
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "readers"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "analysts"}],
    },
)
