"""Examples for rules on settings of workspaces and the account, and on networks."""

from __future__ import annotations

from typing import Any

from rolecall.policies import types
from tests.policies.example import Example, put, without

CONF: dict[str, Any] = {
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
LOGS: dict[str, Any] = {
    "accountId": "a",
    "logType": "AUDIT_LOGS",
    "outputFormat": "JSON",
    "credentialsId": "c",
    "storageConfigurationId": "s",
}
ADDRESSES: dict[str, Any] = {"label": "offices", "listType": "ALLOW", "ipAddresses": ["203.0.113.0/24", "198.51.100.7"]}
PRIVATE: dict[str, Any] = {
    "privateAccessSettingsName": "private",
    "region": "us-east-1",
    "publicAccessEnabled": False,
    "privateAccessLevel": "ACCOUNT",
}
KEY = "customConfig"


def conf(name: str, value: str) -> Example:
    """Return the example of a key of the workspace's configuration."""
    return Example(types.WORKSPACE_CONF, CONF, (put(KEY, name, value=value),), ((KEY,),))


def setting(kind: str, outer: str, inner: str, good: Any, bad: Any) -> Example:
    """Return the example of a setting of one value."""
    return Example(
        kind,
        {outer: {inner: good}},
        (put(outer, inner, value=bad), without(outer, inner)),
        ((outer,), (outer, inner)),
    )


EXAMPLES: dict[str, Example] = {
    "workspace-administrators-are-restricted": setting(
        types.RESTRICT_WORKSPACE_ADMINS,
        "restrictWorkspaceAdmins",
        "status",
        "RESTRICT_TOKENS_AND_JOB_RUN_AS",
        "ALLOW_ALL",
    ),
    "workspace-has-access-control": Example(
        types.MWS_WORKSPACES, WORKSPACE, (put("pricingTier", value="STANDARD"),), (("pricingTier",),)
    ),
    "personal-tokens-expire": Example(
        types.WORKSPACE_CONF,
        CONF,
        (
            put(KEY, "maxTokenLifetimeDays", value="0"),
            put(KEY, "maxTokenLifetimeDays", value="91"),
            put(KEY, "maxTokenLifetimeDays", value="long"),
        ),
        ((KEY,),),
    ),
    "address-lists-are-on": conf("enableIpAccessLists", "false"),
    "verbose-audit-logs-are-on": conf("enableVerboseAuditLogs", "false"),
    "workspace-keys-are-known": conf("enforceClusterViewAcls", "false"),
    "data-stays-in-workspace": conf("enableResultsDownloading", "true"),
    "no-web-terminal": conf("enableWebTerminal", "true"),
    "results-in-own-storage": conf("storeInteractiveNotebookResultsInCustomerAccount", "false"),
    "legacy-dbfs-is-off": setting(types.DISABLE_LEGACY_DBFS, "disableLegacyDbfs", "value", True, False),
    "legacy-metastore-is-off": setting(types.DISABLE_LEGACY_ACCESS, "disableLegacyAccess", "value", True, False),
    "legacy-features-are-off": setting(types.DISABLE_LEGACY_FEATURES, "disableLegacyFeatures", "value", True, False),
    "compliance-profile-is-on": Example(
        types.COMPLIANCE_SECURITY_PROFILE,
        {"complianceSecurityProfileWorkspace": {"isEnabled": True, "complianceStandards": ["HIPAA"]}},
        (put("complianceSecurityProfileWorkspace", "isEnabled", value=False),),
        (("complianceSecurityProfileWorkspace",), ("complianceSecurityProfileWorkspace", "isEnabled")),
    ),
    "security-monitoring-is-on": setting(
        types.ENHANCED_SECURITY_MONITORING, "enhancedSecurityMonitoringWorkspace", "isEnabled", True, False
    ),
    "security-updates-are-automatic": setting(
        types.AUTOMATIC_CLUSTER_UPDATE, "automaticClusterUpdateWorkspace", "enabled", True, False
    ),
    "workspace-under-own-keys": Example(
        types.MWS_WORKSPACES,
        WORKSPACE,
        (without("managedServicesCustomerManagedKeyId"), without("storageCustomerManagedKeyId")),
        (),
    ),
    "workspace-in-own-network": Example(types.MWS_WORKSPACES, WORKSPACE, (without("networkId"),), (("computeMode",),)),
    "audit-logs-are-delivered": Example(
        types.MWS_LOG_DELIVERY,
        LOGS,
        (put("status", value="DISABLED"), put("workspaceIdsFilters", value=[1])),
        (("logType",), ("status",), ("workspaceIdsFilters",)),
    ),
    "dashboards-not-embedded-anywhere": Example(
        types.DASHBOARD_EMBEDDING,
        {"aibiDashboardEmbeddingAccessPolicy": {"accessPolicyType": "ALLOW_APPROVED_DOMAINS"}},
        (put("aibiDashboardEmbeddingAccessPolicy", "accessPolicyType", value="ALLOW_ALL_DOMAINS"),),
        (("aibiDashboardEmbeddingAccessPolicy",), ("aibiDashboardEmbeddingAccessPolicy", "accessPolicyType")),
    ),
    "address-list-names-known-addresses": Example(
        types.IP_ACCESS_LIST,
        ADDRESSES,
        (
            put("ipAddresses", 0, value="0.0.0.0/0"),
            put("ipAddresses", 0, value="::/0"),
            put("ipAddresses", 0, value="203.0.113.0/240"),
        ),
        (("listType",), ("ipAddresses",), ("ipAddresses", 0)),
    ),
    "address-list-is-on": Example(types.IP_ACCESS_LIST, ADDRESSES, (put("enabled", value=False),), (("enabled",),)),
    "private-access-is-private": Example(
        types.MWS_PRIVATE_ACCESS_SETTINGS,
        PRIVATE,
        (put("publicAccessEnabled", value=True), put("privateAccessLevel", value="ANY")),
        (("publicAccessEnabled",), ("privateAccessLevel",)),
    ),
    "egress-is-restricted": Example(
        types.ACCOUNT_NETWORK_POLICY,
        {"networkPolicyId": "np", "egress": {"networkAccess": {"restrictionMode": "RESTRICTED_ACCESS"}}},
        (
            put("egress", "networkAccess", "restrictionMode", value="FULL_ACCESS"),
            without("egress"),
        ),
        (("egress",), ("egress", "networkAccess"), ("egress", "networkAccess", "restrictionMode")),
    ),
}
