"""Rules on the settings of workspaces and of the account: what is off stays off, what watches stays on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pulumi_policy import PolicyConfigSchema, Severity

from rolecall.policies.context import MAX_TOKEN_DAYS, Context
from rolecall.policies.rule import Check, Finding, Resource, Rule
from rolecall.policies.types import (
    AUTOMATIC_CLUSTER_UPDATE,
    COMPLIANCE_SECURITY_PROFILE,
    DASHBOARD_EMBEDDING,
    DISABLE_LEGACY_ACCESS,
    DISABLE_LEGACY_DBFS,
    DISABLE_LEGACY_FEATURES,
    ENHANCED_SECURITY_MONITORING,
    MWS_LOG_DELIVERY,
    MWS_WORKSPACES,
    RESTRICT_WORKSPACE_ADMINS,
    WORKSPACE_CONF,
)

SETTINGS = "https://docs.databricks.com/en/admin/workspace-settings/index.html"
CONF = "https://docs.databricks.com/api/workspace/workspaceconf/setstatus"
PROFILE = "https://docs.databricks.com/en/security/privacy/security-profile.html"
# Keys of the workspace's configuration that let data leave it through a browser.
WAYS_OUT = ("enableResultsDownloading", "enableNotebookTableClipboard", "enableExportNotebook", "enableDbfsFileBrowser")
# Keys whose value a rule judges, and keys that grant no access.
KNOWN_KEYS = frozenset(
    {
        *(*WAYS_OUT, "maxTokenLifetimeDays", "enableTokensConfig", "enableIpAccessLists", "enableVerboseAuditLogs"),
        *("enableWebTerminal", "storeInteractiveNotebookResultsInCustomerAccount", "enableEnforceImdsV2", "enableGp3"),
        *("enableProjectTypeInWorkspace", "enableWorkspaceFilesystem", "enableNotebookGitVersioning"),
        *("enableHlsRuntime",),
        *("jobsListBackendPaginationEnabled", "mlflowModelRegistryEmailNotificationsEnabled", "enableUploadDataUis"),
        *("mlflowModelServingEndpointCreationEnabled", "rStudioUserDefaultHomeBase", "enableJobsEmailsV2"),
    }
)


def _is(path: str, wanted: Any, found: str, how: str) -> Check:
    """Return a check that a setting has a value."""

    def check(resource: Resource, context: Context) -> Iterator[Finding]:
        if resource.properties.read(path) != wanted:
            yield Finding(found, how)

    return check


def _key(resource: Resource, name: str) -> str | None:
    """Return a key of the workspace's configuration; None where it is left as it is."""
    configuration = resource.properties.read("customConfig") or {}
    value = configuration.get(name)
    return None if value is None else str(value).lower()


def _conf(name: str, wanted: str, found: str) -> Check:
    """Return a check that a key of the workspace's configuration, where it is set, has a value."""

    def check(resource: Resource, context: Context) -> Iterator[Finding]:
        if _key(resource, name) not in (None, wanted):
            yield Finding(found, f'Write {name}: "{wanted}", or leave it out.')

    return check


def _tokens_end(resource: Resource, context: Context) -> Iterator[Finding]:
    days = _key(resource, "maxTokenLifetimeDays")
    if days is None:
        return
    if not days.isdigit() or not 0 < int(days) <= context.max_token_days:
        lasts = f"{days} days" if days.isdigit() and int(days) else "for ever"
        how = f"Allowed: 1 to {context.max_token_days} days; better none: let workloads sign in with OAuth."
        yield Finding(f"personal access tokens may last {lasts}", how)


def _data_stays_in(resource: Resource, context: Context) -> Iterator[Finding]:
    for name in WAYS_OUT:
        if _key(resource, name) == "true":
            how = f'Write {name}: "false". Who needs data elsewhere gets it by Delta Sharing, which is noted.'
            yield Finding(f"{name} lets data leave the workspace through a browser", how)


def _keys_are_known(resource: Resource, context: Context) -> Iterator[Finding]:
    """Keys of old isolation protect where they are on; of others, nothing here tells what they do."""
    for name in sorted(resource.properties.read("customConfig") or {}):
        value = _key(resource, name)
        if name.startswith("enforce") and value == "false":
            yield Finding(f"{name} takes the access control off", f'Write {name}: "true", or leave it out.')
        elif name.startswith("enableDeprecated") and value == "true":
            how = f'Write {name}: "false", or leave it out; scripts belong in volumes.'
            yield Finding(f"{name} lets scripts run that everybody can change", how)
        elif not name.startswith(("enforce", "enableDeprecated")) and name not in KNOWN_KEYS:
            yield Finding(f"nothing here tells what the key {name} does", "Leave it out, or exempt it with a ticket.")


def _is_premium(resource: Resource, context: Context) -> Iterator[Finding]:
    tier = resource.properties.read("pricingTier")
    if tier not in (None, "PREMIUM", "ENTERPRISE"):
        how = "Write PREMIUM or ENTERPRISE: below, everybody is administrator of everything."
        yield Finding(f"the tier {tier} has no access control", how)


def _own_keys(resource: Resource, context: Context) -> Iterator[Finding]:
    for name in ("managedServicesCustomerManagedKeyId", "storageCustomerManagedKeyId"):
        if not resource.properties.is_set(name):
            how = f"Write {name}, the id of a key that the organization can take away."
            yield Finding(f"{name} is not set: its data is under a key of Databricks alone", how)


def _own_network(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.read("computeMode") != "SERVERLESS" and not resource.properties.is_set("networkId"):
        how = "Write networkId: a network of the organization, whose ways out it decides about."
        yield Finding("its compute is in a network that Databricks makes", how)


def _audit_logs_flow(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.read("logType") != "AUDIT_LOGS":
        return
    if resource.properties.read("status") not in (None, "ENABLED"):
        yield Finding("audit logs are not delivered", "Write status: ENABLED, or leave it out.")
    if resource.properties.read("workspaceIdsFilters"):
        how = "Leave workspaceIdsFilters out: what happens in other workspaces and in the account counts too."
        yield Finding("audit logs of some workspaces only are delivered", how)


def _embedded_in_known_places(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.read("aibiDashboardEmbeddingAccessPolicy.accessPolicyType") == "ALLOW_ALL_DOMAINS":
        how = "Write ALLOW_APPROVED_DOMAINS or DENY_ALL_DOMAINS."
        yield Finding("dashboards may be embedded in any page", how)


RULES = (
    Rule(
        "workspace-administrators-are-restricted",
        "Administrators of a workspace can neither make tokens for others nor let jobs run as anybody.",
        (RESTRICT_WORKSPACE_ADMINS,),
        _is(
            "restrictWorkspaceAdmins.status",
            "RESTRICT_TOKENS_AND_JOB_RUN_AS",
            "administrators may make tokens for service principals and change whom any job runs as",
            "Write RESTRICT_TOKENS_AND_JOB_RUN_AS.",
        ),
        Severity.HIGH,
        "https://docs.databricks.com/en/admin/workspace-settings/restrict-workspace-admins.html",
    ),
    Rule(
        "workspace-has-access-control",
        "A workspace is of a tier that has access control.",
        (MWS_WORKSPACES,),
        _is_premium,
        Severity.CRITICAL,
        "https://docs.databricks.com/en/security/auth/access-control/index.html",
    ),
    Rule(
        "personal-tokens-expire",
        "Personal access tokens last no longer than agreed upon.",
        (WORKSPACE_CONF,),
        _tokens_end,
        Severity.HIGH,
        "https://docs.databricks.com/en/admin/access-control/tokens.html",
        PolicyConfigSchema(properties={"max_token_days": {"type": "integer", "minimum": 1, "default": MAX_TOKEN_DAYS}}),
    ),
    Rule(
        "address-lists-are-on",
        "The list of addresses from which a workspace is reached is not switched off.",
        (WORKSPACE_CONF,),
        _conf("enableIpAccessLists", "true", "the workspace is reached from anywhere"),
        Severity.HIGH,
        "https://docs.databricks.com/en/security/network/front-end/ip-access-list.html",
    ),
    Rule(
        "verbose-audit-logs-are-on",
        "What is run in notebooks and queries is in the audit logs.",
        (WORKSPACE_CONF,),
        _conf("enableVerboseAuditLogs", "true", "commands and queries are missing in the audit logs"),
        Severity.MEDIUM,
        "https://docs.databricks.com/en/admin/account-settings/verbose-logs.html",
    ),
    Rule(
        "workspace-keys-are-known",
        "A workspace's configuration takes off no access control, and holds keys only whose effect is known.",
        (WORKSPACE_CONF,),
        _keys_are_known,
        Severity.HIGH,
        CONF,
    ),
    Rule(
        "legacy-dbfs-is-off",
        "The file system that everybody may read is switched off.",
        (DISABLE_LEGACY_DBFS,),
        _is("disableLegacyDbfs.value", True, "everybody may read and write the old file system", "Write value: true."),
        Severity.MEDIUM,
        "https://docs.databricks.com/en/dbfs/disable-dbfs-root-mounts.html",
    ),
    Rule(
        "legacy-metastore-is-off",
        "Data is reached through Unity Catalog only.",
        (DISABLE_LEGACY_ACCESS,),
        _is("disableLegacyAccess.value", True, "the old metastore is reached past Unity Catalog", "Write value: true."),
        Severity.MEDIUM,
        "https://docs.databricks.com/en/data-governance/unity-catalog/disable-hms.html",
    ),
    Rule(
        "legacy-features-are-off",
        "New workspaces come without what Unity Catalog has replaced.",
        (DISABLE_LEGACY_FEATURES,),
        _is("disableLegacyFeatures.value", True, "new workspaces come with legacy features", "Write value: true."),
        Severity.LOW,
        "https://docs.databricks.com/en/admin/account-settings/legacy-features.html",
    ),
    Rule(
        "compliance-profile-is-on",
        "The compliance security profile is switched on.",
        (COMPLIANCE_SECURITY_PROFILE,),
        _is(
            "complianceSecurityProfileWorkspace.isEnabled",
            True,
            "the compliance security profile is off",
            "Write isEnabled: true.",
        ),
        Severity.HIGH,
        PROFILE,
    ),
    Rule(
        "security-monitoring-is-on",
        "Compute is watched for intruders.",
        (ENHANCED_SECURITY_MONITORING,),
        _is(
            "enhancedSecurityMonitoringWorkspace.isEnabled",
            True,
            "enhanced security monitoring is off",
            "Write isEnabled: true.",
        ),
        Severity.HIGH,
        "https://docs.databricks.com/en/security/privacy/enhanced-security-monitoring.html",
    ),
    Rule(
        "security-updates-are-automatic",
        "Compute gets security fixes by itself.",
        (AUTOMATIC_CLUSTER_UPDATE,),
        _is(
            "automaticClusterUpdateWorkspace.enabled",
            True,
            "compute runs until somebody restarts it, without security fixes",
            "Write enabled: true.",
        ),
        Severity.MEDIUM,
        "https://docs.databricks.com/en/admin/clusters/automatic-cluster-update.html",
    ),
    Rule(
        "audit-logs-are-delivered",
        "Audit logs of the whole account are delivered.",
        (MWS_LOG_DELIVERY,),
        _audit_logs_flow,
        Severity.HIGH,
        "https://docs.databricks.com/en/admin/account-settings/audit-log-delivery.html",
    ),
    Rule(
        "dashboards-not-embedded-anywhere",
        "Dashboards are embedded in approved places only.",
        (DASHBOARD_EMBEDDING,),
        _embedded_in_known_places,
        Severity.MEDIUM,
        "https://docs.databricks.com/en/dashboards/share/embed.html",
    ),
)
COMPLIANCE_RULES = (
    Rule(
        "data-stays-in-workspace",
        "Data does not leave a workspace through a browser.",
        (WORKSPACE_CONF,),
        _data_stays_in,
        Severity.MEDIUM,
        CONF,
    ),
    Rule(
        "no-web-terminal",
        "No user has a shell on compute.",
        (WORKSPACE_CONF,),
        _conf("enableWebTerminal", "false", "everybody with compute has a shell on it, which no audit log follows"),
        Severity.LOW,
        "https://docs.databricks.com/en/admin/clusters/web-terminal.html",
    ),
    Rule(
        "results-in-own-storage",
        "Results of notebooks are kept in the organization's own storage.",
        (WORKSPACE_CONF,),
        _conf(
            "storeInteractiveNotebookResultsInCustomerAccount", "true", "results of notebooks are kept by Databricks"
        ),
        Severity.LOW,
        "https://docs.databricks.com/en/admin/workspace-settings/notebook-results.html",
    ),
    Rule(
        "workspace-under-own-keys",
        "A workspace's data is under keys of the organization.",
        (MWS_WORKSPACES,),
        _own_keys,
        Severity.MEDIUM,
        "https://docs.databricks.com/en/security/keys/customer-managed-keys.html",
    ),
    Rule(
        "workspace-in-own-network",
        "A workspace's compute is in a network of the organization, or serverless.",
        (MWS_WORKSPACES,),
        _own_network,
        Severity.MEDIUM,
        "https://docs.databricks.com/en/security/network/classic/customer-managed-vpc.html",
    ),
)
