"""Examples for rules on identities, credentials and objects of Unity Catalog."""

from __future__ import annotations

import time
from typing import Any

from rolecall.policies import types
from tests.policies.example import Example, put, without

RULE_SET: dict[str, Any] = {
    "name": "accounts/a/servicePrincipals/b/ruleSets/default",
    "grantRules": [
        {"role": "roles/servicePrincipal.user", "principals": ["groups/analysts", "servicePrincipals/1"]},
        {"role": "roles/servicePrincipal.manager", "principals": ["groups/emergency"]},
    ],
}
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
RECIPIENT: dict[str, Any] = {
    "name": "partner",
    "authenticationType": "TOKEN",
    "expirationTime": int((time.time() + 30 * 86400) * 1000),
    "ipAccessList": {"allowedIpAddresses": ["203.0.113.0/24"]},
}
GRANTS: dict[str, Any] = {"schema": "acme.churn", "grants": [{"principal": "analysts", "privileges": ["SELECT"]}]}
SERVING: dict[str, Any] = {
    "name": "churn",
    "config": {
        "servedEntities": [
            {
                "name": "gpt",
                "externalModel": {
                    "name": "gpt",
                    "provider": "openai",
                    "task": "llm/v1/chat",
                    "openaiConfig": {"openaiApiKey": "{{secrets/keys/openai}}"},
                },
            }
        ]
    },
}
EXAMPLES: dict[str, Example] = {
    "persons-come-from-identity-provider": Example(types.USER, {"userName": "ada@example.com"}, (), ()),
    "members-come-from-identity-provider": Example(types.GROUP_MEMBER, {"groupId": "1", "memberId": "2"}, (), ()),
    "no-forced-takeover": Example(
        types.SERVICE_PRINCIPAL, {"displayName": "trainer"}, (put("force", value=True),), (("force",),)
    ),
    "no-strong-role-by-the-side": Example(
        types.SERVICE_PRINCIPAL_ROLE,
        {"servicePrincipalId": "1", "role": "viewer"},
        (put("role", value="account_admin"), put("role", value="arn:aws:iam::1:instance-profile/all")),
        (("role",),),
    ),
    "service-principals-managed-by-groups": Example(
        types.ACCESS_CONTROL_RULE_SET,
        RULE_SET,
        (
            put("grantRules", 0, "principals", 0, value="users/ada@example.com"),
            put("grantRules", 1, "principals", 0, value="groups/account users"),
        ),
        (("grantRules",), ("grantRules", 0), ("grantRules", 0, "principals")),
    ),
    "federation-issuer-is-encrypted": Example(
        types.SERVICE_PRINCIPAL_FEDERATION_POLICY,
        FEDERATION,
        (put("oidcPolicy", "issuer", value="http://issuer.example.com"), without("oidcPolicy", "issuer")),
        (("oidcPolicy",), ("oidcPolicy", "issuer")),
    ),
    "federation-by-the-usual-claim": Example(
        types.SERVICE_PRINCIPAL_FEDERATION_POLICY,
        FEDERATION,
        (put("oidcPolicy", "subjectClaim", value="repository_owner"),),
        (("oidcPolicy",), ("oidcPolicy", "issuer"), ("oidcPolicy", "subjectClaim")),
    ),
    "federation-keys-are-the-issuers": Example(
        types.SERVICE_PRINCIPAL_FEDERATION_POLICY,
        FEDERATION,
        (put("oidcPolicy", "jwksUri", value="https://keys.example.com/keys"),),
        (("oidcPolicy",), ("oidcPolicy", "issuer"), ("oidcPolicy", "jwksUri")),
    ),
    "credentials-expire": Example(
        types.OBO_TOKEN,
        {"applicationId": "1", "comment": "x", "lifetimeSeconds": 86400},
        (put("lifetimeSeconds", value=0), put("lifetimeSeconds", value=91 * 86400), without("lifetimeSeconds")),
        (("lifetimeSeconds",),),
    ),
    "federation-fetches-keys": Example(
        types.SERVICE_PRINCIPAL_FEDERATION_POLICY,
        FEDERATION,
        (put("oidcPolicy", "jwksJson", value='{"keys": []}'),),
        (("oidcPolicy",),),
    ),
    "serving-keys-by-reference": Example(
        types.MODEL_SERVING,
        SERVING,
        (
            put(
                *("config", "servedEntities", 0, "externalModel", "openaiConfig"),
                value={"openaiApiKeyPlaintext": "not a reference"},
            ),
        ),
        (("config",), ("config", "servedEntities")),
    ),
    "no-personal-git-token": Example(
        types.GIT_CREDENTIAL, {"gitProvider": "gitHub"}, (put("personalAccessToken", value="x"),), ()
    ),
    "storage-credential-without-keys": Example(
        types.STORAGE_CREDENTIAL,
        {"name": "lake", "awsIamRole": {"roleArn": "arn:aws:iam::1:role/lake"}},
        (
            put("azureServicePrincipal", value={"directoryId": "d", "applicationId": "a", "clientSecret": "s"}),
            put("gcpServiceAccountKey", value={"email": "e", "privateKeyId": "i", "privateKey": "k"}),
        ),
        (("azureServicePrincipal",),),
    ),
    "secret-scope-not-for-everybody": Example(
        types.SECRET_SCOPE,
        {"name": "keys"},
        (put("initialManagePrincipal", value="users"),),
        (("initialManagePrincipal",),),
    ),
    "workspace-makes-no-token": Example(
        types.MWS_WORKSPACES,
        {"accountId": "a", "workspaceName": "ml"},
        (put("token", value={"lifetimeSeconds": 86400}),),
        (),
    ),
    "no-sign-in-with-password": Example(
        types.PERMISSIONS, TOKENS, (put("authorization", value="passwords"),), (("authorization",),)
    ),
    "personal-tokens-not-for-everybody": Example(
        types.PERMISSIONS,
        TOKENS,
        (
            put("accessControls", 0, "groupName", value="users"),
            put("accessControls", 1, value={"userName": "ada@example.com", "permissionLevel": "CAN_USE"}),
        ),
        (("authorization",), ("accessControls",), ("accessControls", 0), ("accessControls", 0, "groupName")),
    ),
    "secret-value-not-declared": Example(types.SECRET, {"scope": "keys", "key": "a", "stringValue": "b"}, (), ()),
    "connection-without-password": Example(
        types.CONNECTION,
        {"name": "crm", "connectionType": "POSTGRESQL", "options": {"host": "crm.example.com", "port": "5432"}},
        (put("options", "password", value="x"), put("options", "client_secret", value="x")),
        (("options",),),
    ),
    "owner-is-no-person": Example(types.SCHEMA, SCHEMA, (put("owner", value="ada@example.com"),), (("owner",),)),
    "data-survives-its-declaration": Example(
        types.SCHEMA, SCHEMA, (put("forceDestroy", value=True),), (("forceDestroy",),)
    ),
    "no-all-privileges": Example(
        types.GRANTS,
        GRANTS,
        (
            put("grants", 0, "privileges", value=["ALL_PRIVILEGES"]),
            put("grants", 0, "privileges", value=["ALL PRIVILEGES"]),
        ),
        (("grants",), ("grants", 0), ("grants", 0, "privileges")),
    ),
    "no-mounts": Example(types.MOUNT, {"name": "lake", "uri": "s3a://lake"}, (), ()),
    "data-bound-to-workspaces": Example(
        types.CATALOG,
        CATALOG,
        (put("isolationMode", value="OPEN"), without("isolationMode")),
        (("isolationMode",),),
    ),
    "data-is-described": Example(types.CATALOG, CATALOG, (without("comment"), put("comment", value="")), ()),
    "no-external-engines": Example(
        types.METASTORE, METASTORE, (put("externalAccessEnabled", value=True),), (("externalAccessEnabled",),)
    ),
    "no-external-use-of-files": Example(
        types.GRANTS,
        GRANTS,
        (put("grants", 0, "privileges", value=["SELECT", "EXTERNAL USE SCHEMA"]),),
        (("grants",), ("grants", 0), ("grants", 0, "privileges")),
    ),
    "sharing-tokens-expire": Example(
        types.METASTORE,
        METASTORE,
        (
            put("deltaSharingRecipientTokenLifetimeInSeconds", value=0),
            put("deltaSharingRecipientTokenLifetimeInSeconds", value=91 * 86400),
            without("deltaSharingRecipientTokenLifetimeInSeconds"),
        ),
        (("deltaSharingScope",), ("deltaSharingRecipientTokenLifetimeInSeconds",)),
    ),
    "recipient-is-restricted": Example(
        types.RECIPIENT,
        RECIPIENT,
        (
            without("expirationTime"),
            without("ipAccessList"),
            put("ipAccessList", "allowedIpAddresses", value=[]),
            put("expirationTime", value=4102444800000),
        ),
        (("authenticationType",), ("expirationTime",), ("ipAccessList",), ("ipAccessList", "allowedIpAddresses")),
    ),
}
