from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import MWS_LOG_DELIVERY


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.read("logType") != "AUDIT_LOGS":
        return
    if resource.properties.read("status") not in (None, "ENABLED"):
        yield Finding("audit logs are not delivered", "Write status: ENABLED, or leave it out.")
    if resource.properties.read("workspaceIdsFilters"):
        how = "Leave workspaceIdsFilters out: what happens in other workspaces and in the account counts too."
        yield Finding("audit logs of some workspaces only are delivered", how)


RULE = Rule(
    "audit-logs-are-delivered",
    "Audit logs of the whole account are delivered.",
    Severity.HIGH,
    "https://docs.databricks.com/en/admin/account-settings/audit-log-delivery.html",
    (Theme.LOGGING,),
    (MWS_LOG_DELIVERY,),
    _check,
    Example(
        MWS_LOG_DELIVERY,
        {
            "accountId": "a",
            "logType": "AUDIT_LOGS",
            "outputFormat": "JSON",
            "credentialsId": "c",
            "storageConfigurationId": "s",
        },
        (put("status", "DISABLED"), put("workspaceIdsFilters", [1])),
        ("logType", "status", "workspaceIdsFilters"),
    ),
)
