"""Rules on power over groups, over everybody's sign-in and over the settings of the whole account."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import PolicyConfigSchema, Severity

from rolecall.policies.context import Context
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import (
    ACCOUNT_FEDERATION_POLICY,
    ACCOUNT_SETTING,
    AIBI_DOMAINS,
    GROUP_INSTANCE_PROFILE,
    INSTANCE_POOL,
    INSTANCE_PROFILE,
    SQL_ENDPOINT,
    SQL_GLOBAL_CONFIG,
    USER_INSTANCE_PROFILE,
    WORKSPACE_SETTING,
)

UNITY = "https://docs.databricks.com/en/data-governance/unity-catalog/best-practices.html"
_THROUGH_CATALOG = "Access data through Unity Catalog, which checks the caller's grants."
# What a setting has to say, by its part of a resource: path, the values that protect, what others do.
_PROTECTING = (
    (
        "restrictWorkspaceAdmins.status",
        ("RESTRICT_TOKENS_AND_JOB_RUN_AS",),
        "administrators may make tokens for service principals and change whom any job runs as",
    ),
    (
        "aibiDashboardEmbeddingAccessPolicy.accessPolicyType",
        ("ALLOW_APPROVED_DOMAINS", "DENY_ALL_DOMAINS"),
        "dashboards may be embedded in any page",
    ),
    ("automaticClusterUpdateWorkspace.enabled", (True,), "compute runs without security fixes"),
    ("personalCompute.value", ("DELEGATE",), "everybody makes compute of their own"),
)
_GENERAL = ("booleanVal", "stringVal", "integerVal", "collaborationPlatformConnectivity", "allowedAppsUserApiScopes")


def _no_account_wide_federation(resource: Resource, context: Context) -> Iterator[Finding]:
    issuer = str(resource.properties.read("oidcPolicy.issuer") or "")
    subject = str(resource.properties.read("oidcPolicy.subject") or "")
    if issuer.rstrip("/") in {one.rstrip("/") for one in context.account_issuers}:
        return
    if not subject or "*" in subject:
        how = (
            "Declare a ServicePrincipalFederationPolicy with one subject. The identity provider of all people is named "
            "by the rule's parameter `account_issuers`."
        )
        yield Finding(
            f"every identity that {issuer or 'its issuer'} vouches for may act as any user of the account", how
        )


def _settings_protect(resource: Resource, context: Context) -> Iterator[Finding]:
    name = resource.properties.read("name") or "?"
    for path, wanted, what in _PROTECTING:
        part = path.partition(".")[0]
        if resource.properties.is_set(part) and resource.properties.read(path) not in wanted:
            yield Finding(f"{path}: {what}", f"Write {' or '.join(map(str, wanted))}.")
    domains = resource.properties.read("aibiDashboardEmbeddingApprovedDomains.approvedDomains") or []
    for domain in domains:
        if str(domain).removeprefix("*.").count(".") < 1 or str(domain).strip("*. ") == "":
            yield Finding(f"dashboards may be embedded in {domain}", "Name domains of the organization in full.")
    for part in _GENERAL:
        if resource.properties.is_set(part):
            how = "Use the resource of that setting's own, which has a rule; or exempt it with a ticket."
            yield Finding(f"the effect of the setting {name} is unknown", how)


def _no_instance_profile(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.type in (INSTANCE_PROFILE, GROUP_INSTANCE_PROFILE, USER_INSTANCE_PROFILE):
        yield Finding("it grants use of an instance profile, whose permissions are not visible here", _THROUGH_CATALOG)
        return
    for path in ("instanceProfileArn", "googleServiceAccount", "awsAttributes.instanceProfileArn"):
        if resource.properties.is_set(path):
            yield Finding(
                f"{path} gives all workloads on it the permissions of the machine's identity", _THROUGH_CATALOG
            )


def _warehouses_ask_the_catalog(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.read("securityPolicy") not in (None, "DATA_ACCESS_CONTROL"):
        yield Finding("warehouses hand their user's cloud credentials to storage", "Write DATA_ACCESS_CONTROL.")
    if resource.properties.read("dataAccessConfig"):
        how = "Declare external locations and grant access on them."
        yield Finding("all warehouses reach storage past Unity Catalog", how)


RULES = (
    Rule(
        "no-account-wide-federation",
        "No issuer speaks for the whole account, but the identity provider.",
        (ACCOUNT_FEDERATION_POLICY,),
        _no_account_wide_federation,
        Severity.CRITICAL,
        "https://docs.databricks.com/en/dev-tools/auth/oauth-federation-policy.html",
        PolicyConfigSchema(
            properties={
                "account_issuers": {
                    "type": "array",
                    "description": "addresses of the identity provider, whose tokens may speak for all people",
                    "items": {"type": "string"},
                    "default": [],
                }
            }
        ),
    ),
    Rule(
        "settings-protect",
        "A setting of the account or of a workspace protects, and is one that a rule knows.",
        (ACCOUNT_SETTING, WORKSPACE_SETTING, AIBI_DOMAINS),
        _settings_protect,
        Severity.HIGH,
        "https://docs.databricks.com/en/admin/workspace-settings/index.html",
    ),
    Rule(
        "no-rights-of-a-machine",
        "Workloads get no machine identity of the cloud: no instance profile, no Google service account.",
        (
            *(INSTANCE_PROFILE, GROUP_INSTANCE_PROFILE, USER_INSTANCE_PROFILE, SQL_ENDPOINT, SQL_GLOBAL_CONFIG),
            INSTANCE_POOL,
        ),
        _no_instance_profile,
        Severity.HIGH,
        UNITY,
    ),
    Rule(
        "warehouses-ask-unity-catalog",
        "SQL warehouses reach data through Unity Catalog only.",
        (SQL_GLOBAL_CONFIG,),
        _warehouses_ask_the_catalog,
        Severity.HIGH,
        UNITY,
    ),
)
