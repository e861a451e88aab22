"""Examples for rules on where code lies, whose rights it runs with, secrets in files, and power over the account."""

from __future__ import annotations

import base64
from typing import Any

from rolecall.policies import types
from tests.policies.example import Example, put, without

NOTEBOOK: dict[str, Any] = {
    "path": "/Shared/churn/train",
    "language": "PYTHON",
    "contentBase64": base64.b64encode(b"spark.read.table('acme.churn.calls')\n").decode(),
}
# Every project has this file.
UPLOADED: dict[str, Any] = {"path": "/Shared/churn/train", "language": "PYTHON", "source": "Pulumi.yaml"}
PIPELINE: dict[str, Any] = {
    "name": "features",
    "catalog": "acme",
    "runAs": {"servicePrincipalName": "1"},
    "libraries": [{"notebook": {"path": "/Workspace/churn/features"}}],
}
DASHBOARD: dict[str, Any] = {
    "displayName": "Churn",
    "parentPath": "/Workspace/churn",
    "warehouseId": "1",
    "embedCredentials": False,
}
APP: dict[str, Any] = {
    "name": "churn",
    "resources": [{"name": "warehouse", "sqlWarehouse": {"id": "1", "permission": "CAN_USE"}}],
}
CUSTOM_APP: dict[str, Any] = {
    "name": "churn",
    "confidential": False,
    "redirectUrls": ["https://churn.acme.example/callback"],
    "scopes": ["sql"],
    "tokenAccessPolicy": {"accessTokenTtlInMinutes": 60, "refreshTokenTtlInMinutes": 10080},
}
POOL: dict[str, Any] = {
    "instancePoolName": "ready",
    "idleInstanceAutoterminationMinutes": 10,
    "preloadedDockerImages": [{"url": "registry.acme.example/ml:2026.11.1"}],
}
WEBHOOK: dict[str, Any] = {
    "events": ["REGISTERED_MODEL_CREATED"],
    "modelName": "churn",
    "httpUrlSpec": {"url": "https://hooks.acme.example/models"},
}
PROVIDER_SERVICE: dict[str, Any] = {
    "modelProviderServiceId": "azure",
    "parent": "schemas/acme.gateway",
    "config": {"providerType": "AZURE_OPENAI", "azureOpenai": {"direct": {"serviceCredential": {"name": "azure"}}}},
}
ALLOWLIST: dict[str, Any] = {
    "artifactType": "INIT_SCRIPT",
    "artifactMatchers": [{"artifact": "/Volumes/acme/platform/scripts/", "matchType": "PREFIX_MATCH"}],
}
MEMBERSHIP: dict[str, Any] = {
    "groupId": "00g-emergency",
    "managedBy": "rolecall:acme:group:emergency",
    "members": ["00u-ada"],
}
EXAMPLES: dict[str, Example] = {
    "program-signs-in-as-the-run": Example(
        types.DATABRICKS_PROVIDER,
        {"accountId": "1"},
        tuple(
            put(name, value="x")
            for name in ("token", "clientSecret", "profile", "password", "azureClientSecret", "clientId", "configFile")
        ),
        (),
    ),
    "program-writes-to-known-hosts": Example(
        types.DATABRICKS_PROVIDER,
        {"accountId": "1"},
        (put("host", value="https://elsewhere.example"),),
        (("host",),),
    ),
    "resource-stays-in-its-workspace": Example(
        types.NOTEBOOK, NOTEBOOK, (put("providerConfig", value={"workspaceId": "1"}),), ()
    ),
    "membership-follows-the-contract": Example(
        types.OKTA_GROUP_MEMBERSHIP,
        MEMBERSHIP,
        (
            put("members", 1, value="00u-eve"),
            put("managedBy", value="rolecall:acme:group:strangers"),
            put("managedBy", value="rolecall:acme:group:analysts"),
        ),
        (("members",), ("managedBy",)),
    ),
    "code-outside-personal-folders": Example(
        types.NOTEBOOK,
        NOTEBOOK,
        (
            put("path", value="/Users/ada@example.com/train"),
            put("path", value="/Workspace/Users/ada@example.com/train"),
            put("path", value="/Repos/ada@example.com/churn/train"),
        ),
        (),
    ),
    "code-outside-dbfs": Example(
        types.LIBRARY,
        {"clusterId": "1", "whl": "/Volumes/acme/platform/libraries/churn-1.0-py3-none-any.whl"},
        (put("whl", value="dbfs:/churn.whl"), put("jar", value="/dbfs/churn.jar")),
        (),
    ),
    "nothing-on-dbfs": Example(types.DBFS_FILE, {"path": "/churn.csv", "contentBase64": "YQ=="}, (), ()),
    "artifact-allowlist-is-narrow": Example(
        types.ARTIFACT_ALLOWLIST,
        ALLOWLIST,
        (
            put("artifactMatchers", 0, "artifact", value="/"),
            put("artifactMatchers", 0, "artifact", value="dbfs:/scripts/"),
            put("artifactType", value="LIBRARY_MAVEN"),
        ),
        (("artifactMatchers",), ("artifactMatchers", 0), ("artifactMatchers", 0, "artifact"), ("artifactType",)),
    ),
    "pipeline-runs-as-service-principal": Example(
        types.PIPELINE,
        PIPELINE,
        (
            without("runAs"),
            put("runAs", value={"userName": "ada@example.com"}),
            put("runAsUserName", value="ada@example.com"),
        ),
        (("runAs",),),
    ),
    "queries-run-with-the-readers-rights": Example(
        types.DASHBOARD,
        DASHBOARD,
        (without("embedCredentials"), put("embedCredentials", value=True)),
        (("embedCredentials",),),
    ),
    "queries-owned-by-no-person": Example(
        types.QUERY,
        {"displayName": "q", "queryText": "SELECT 1", "warehouseId": "1", "runAsMode": "VIEWER"},
        (put("ownerUserName", value="ada@example.com"),),
        (),
    ),
    "production-data-stays-in-production": Example(
        types.SQL_TABLE,
        {"name": "v", "catalogName": "acme_dev", "schemaName": "s", "tableType": "VIEW", "viewDefinition": "SELECT 1"},
        (
            put("viewDefinition", value="SELECT * FROM acme_prod.s.t"),
            put("viewDefinition", value="SELECT * FROM `ACME_PROD` . `s`.t"),
        ),
        (("viewDefinition",), ("catalogName",)),
        stack="dev",
    ),
    "app-has-few-rights": Example(
        types.APP,
        APP,
        (
            put("userApiScopes", value=["sql"]),
            put("resources", 0, "sqlWarehouse", "permission", value="CAN_MANAGE"),
            put("resources", 0, value={"name": "s", "secret": {"scope": "s", "key": "k", "permission": "WRITE"}}),
        ),
        (("userApiScopes",), ("resources",), ("resources", 0), ("resources", 0, "sqlWarehouse", "permission")),
    ),
    "entitlements-to-groups": Example(
        types.ENTITLEMENTS, {"groupId": "1", "workspaceAccess": True}, (put("userId", value="7"),), ()
    ),
    "nothing-holds-a-secret": Example(
        types.NOTEBOOK,
        NOTEBOOK,
        (
            put("contentBase64", value=base64.b64encode(b'password = "correct horse"\n').decode()),
            put("contentBase64", value=base64.b64encode(b"t = 'dapi" + b"0" * 32 + b"'\n").decode()),
        ),
        (),
    ),
    "files-hold-no-secret": Example(
        types.NOTEBOOK, UPLOADED, (put("source", value="no/such/file.py"),), (("source",),)
    ),
    "webhook-holds-no-secret": Example(
        types.MLFLOW_WEBHOOK,
        WEBHOOK,
        (
            put("httpUrlSpec", "secret", value="x"),
            put("httpUrlSpec", "url", value="http://hooks.acme.example"),
            put("httpUrlSpec", "enableSslVerification", value=False),
            put("jobSpec", value={"jobId": "1", "accessToken": "x"}),
        ),
        (("httpUrlSpec",), ("httpUrlSpec", "url"), ("httpUrlSpec", "enableSslVerification")),
    ),
    "custom-app-without-secret": Example(
        types.CUSTOM_APP,
        CUSTOM_APP,
        (
            put("confidential", value=True),
            put("clientSecret", value="x"),
            put("redirectUrls", 0, value="https://*.example.com/callback"),
            put("redirectUrls", 0, value="http://churn.acme.example/callback"),
            put("tokenAccessPolicy", "refreshTokenTtlInMinutes", value=365 * 24 * 60),
            put("tokenAccessPolicy", "accessTokenTtlInMinutes", value=14 * 24 * 60),
        ),
        (("confidential",), ("redirectUrls",), ("tokenAccessPolicy",), ("redirectUrls", 0)),
    ),
    "images-without-password": Example(
        types.INSTANCE_POOL,
        POOL,
        (put("preloadedDockerImages", 0, "basicAuth", value={"username": "u", "password": "p"}),),
        (("preloadedDockerImages",), ("preloadedDockerImages", 0)),
    ),
    "images-are-pinned": Example(
        types.INSTANCE_POOL,
        POOL,
        (
            put("preloadedDockerImages", 0, "url", value="registry.acme.example/ml"),
            put("preloadedDockerImages", 0, "url", value="registry.acme.example:5000/ml:latest"),
        ),
        (("preloadedDockerImages",), ("preloadedDockerImages", 0), ("preloadedDockerImages", 0, "url")),
    ),
    "no-token-of-another-organization": Example(
        types.METASTORE_PROVIDER,
        {"name": "partner", "authenticationType": "TOKEN", "recipientProfileStr": "{}"},
        (),
        (),
    ),
    "no-native-database-login": Example(
        types.DATABASE_INSTANCE, {"name": "db"}, (put("enablePgNativeLogin", value=True),), (("enablePgNativeLogin",),)
    ),
    "gateway-holds-no-key": Example(
        types.AI_PROVIDER_SERVICE,
        PROVIDER_SERVICE,
        (put("config", "openai", value={"direct": {"apiKey": {"plaintext": "k"}}}),),
        (("config",),),
    ),
    "no-account-wide-federation": Example(
        types.ACCOUNT_FEDERATION_POLICY,
        {"oidcPolicy": {"issuer": "https://acme.okta.example", "subject": "one", "audiences": ["a"]}},
        (without("oidcPolicy", "subject"), put("oidcPolicy", "subject", value="*")),
        (("oidcPolicy",), ("oidcPolicy", "issuer"), ("oidcPolicy", "subject")),
    ),
    "settings-protect": Example(
        types.WORKSPACE_SETTING,
        {
            "name": "restrict_workspace_admins",
            "restrictWorkspaceAdmins": {"status": "RESTRICT_TOKENS_AND_JOB_RUN_AS"},
        },
        (
            put("restrictWorkspaceAdmins", "status", value="ALLOW_ALL"),
            put("booleanVal", value={"value": True}),
            put("aibiDashboardEmbeddingApprovedDomains", value={"approvedDomains": ["*.com"]}),
            put("aibiDashboardEmbeddingAccessPolicy", value={"accessPolicyType": "ALLOW_ALL_DOMAINS"}),
        ),
        (("restrictWorkspaceAdmins",), ("restrictWorkspaceAdmins", "status")),
    ),
    "no-rights-of-a-machine": Example(
        types.SQL_GLOBAL_CONFIG,
        {"securityPolicy": "DATA_ACCESS_CONTROL"},
        (
            put("instanceProfileArn", value="arn:aws:iam::1:instance-profile/all"),
            put("googleServiceAccount", value="all@acme.iam.gserviceaccount.com"),
        ),
        (),
    ),
    "warehouses-ask-unity-catalog": Example(
        types.SQL_GLOBAL_CONFIG,
        {"securityPolicy": "DATA_ACCESS_CONTROL"},
        (put("securityPolicy", value="PASSTHROUGH"), put("dataAccessConfig", value={"spark.hadoop.x": "y"})),
        (("securityPolicy",), ("dataAccessConfig",)),
    ),
    "type-is-known": Example("databricks:index/sqlPermissions:SqlPermissions", {"anyFile": True}, (), ()),
}
