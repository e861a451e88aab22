from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import ACCOUNT_SETTING, AIBI_DOMAINS, WORKSPACE_SETTING

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


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
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


RULE = Rule(
    "settings-protect",
    "A setting of the account or of a workspace protects, and is one that a rule knows.",
    Severity.HIGH,
    "https://docs.databricks.com/en/admin/workspace-settings/index.html",
    (Theme.CONFIGURATION, Theme.ADMINISTRATORS),
    (ACCOUNT_SETTING, WORKSPACE_SETTING, AIBI_DOMAINS),
    _check,
    Example(
        WORKSPACE_SETTING,
        {
            "name": "restrict_workspace_admins",
            "restrictWorkspaceAdmins": {"status": "RESTRICT_TOKENS_AND_JOB_RUN_AS"},
        },
        (
            put("restrictWorkspaceAdmins.status", "ALLOW_ALL"),
            put("booleanVal", {"value": True}),
            put("aibiDashboardEmbeddingApprovedDomains", {"approvedDomains": ["*.com"]}),
            put("aibiDashboardEmbeddingAccessPolicy", {"accessPolicyType": "ALLOW_ALL_DOMAINS"}),
        ),
        ("restrictWorkspaceAdmins", "restrictWorkspaceAdmins.status"),
    ),
)
