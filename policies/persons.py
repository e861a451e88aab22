"""Rules on whose rights something runs with: a service principal's, never a person's, and never the deployer's."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import (
    ALERT,
    ALERT_V2,
    APP,
    APP_SPACE,
    DASHBOARD,
    ENTITLEMENTS,
    PIPELINE,
    QUERY,
    SQL_DASHBOARD,
    SQL_QUERY,
)

_OWN_RIGHTS = "Let it run with the rights of whoever looks at it: "


def _runs_as_service_principal(resource: Resource, context: Context) -> Iterator[Finding]:
    properties = resource.properties
    how = "Write `runAs: {servicePrincipalName: …}`, a principal of the project."
    if properties.is_set("runAsUserName") or properties.is_set("runAs.userName"):
        yield Finding("it runs as a person", how)
    elif not properties.is_set("runAs.servicePrincipalName"):
        yield Finding("it runs as its deployer, with all of the deployer's permissions", how)


def _with_the_readers_rights(resource: Resource, context: Context) -> Iterator[Finding]:
    properties = resource.properties
    # https://docs.databricks.com/en/dashboards/share/share.html: credentials are embedded unless it says otherwise.
    if resource.type == DASHBOARD and properties.read("embedCredentials") is not False:
        yield Finding(
            "everybody who opens it reads with the deployer's rights", f"{_OWN_RIGHTS}embedCredentials: false."
        )
    # https://docs.databricks.com/api/workspace/queries/create: OWNER is the default.
    if resource.type == QUERY and properties.read("runAsMode") != "VIEWER":
        yield Finding("everybody who runs it reads with its owner's rights", f"{_OWN_RIGHTS}runAsMode: VIEWER.")
    if resource.type in (SQL_QUERY, SQL_DASHBOARD) and properties.read("runAsRole") != "viewer":
        yield Finding("everybody who runs it reads with its owner's rights", f"{_OWN_RIGHTS}runAsRole: viewer.")


def _owned_by_no_person(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.is_set("ownerUserName"):
        yield Finding("it runs with the rights of a person, its owner", "Leave ownerUserName out.")


def _app_has_few_rights(resource: Resource, context: Context) -> Iterator[Finding]:
    scopes = resource.properties.read("userApiScopes") or []
    if scopes:
        how = "Remove userApiScopes, and grant the app's own service principal what it needs."
        yield Finding(f"the app acts with its users' own rights: {', '.join(map(str, scopes))}", how)
    for used in resource.properties.items("resources"):
        for name in used.names:
            part = used.within(name) if isinstance(used.read(name), dict) else None
            level = part.read("permission") if part is not None else None
            if level in ("CAN_MANAGE", "IS_OWNER", "MANAGE", "WRITE", "ALL_PRIVILEGES"):
                how = "Grant the app a level to read or run; managing the object would let it change code."
                yield Finding(f"{used.path}.{name} grants the app {level}", how)


def _entitled_by_groups(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.is_set("userId"):
        how = "Give entitlements to a group of the identity provider."
        yield Finding("it gives entitlements to a single person", how)


RULES = (
    Rule(
        "pipeline-runs-as-service-principal",
        "Pipelines and alerts run as a service principal.",
        (PIPELINE, ALERT_V2),
        _runs_as_service_principal,
        Severity.CRITICAL,
        "https://docs.databricks.com/en/dlt/configure-pipeline.html",
    ),
    Rule(
        "queries-run-with-the-readers-rights",
        "Dashboards and queries show what their reader may read.",
        (DASHBOARD, QUERY, SQL_QUERY, SQL_DASHBOARD),
        _with_the_readers_rights,
        Severity.CRITICAL,
        "https://docs.databricks.com/en/dashboards/share/share.html",
    ),
    Rule(
        "queries-owned-by-no-person",
        "No query and no alert runs with the rights of a person.",
        (QUERY, ALERT),
        _owned_by_no_person,
        Severity.HIGH,
        "https://docs.databricks.com/en/sql/user/queries/index.html",
    ),
    Rule(
        "app-has-few-rights",
        "An app acts with rights of its own, and manages nothing.",
        (APP, APP_SPACE),
        _app_has_few_rights,
        Severity.HIGH,
        "https://docs.databricks.com/en/dev-tools/databricks-apps/auth.html",
    ),
    Rule(
        "entitlements-to-groups",
        "Entitlements go to groups and service principals, never to persons.",
        (ENTITLEMENTS,),
        _entitled_by_groups,
        Severity.HIGH,
        "https://docs.databricks.com/en/security/auth/entitlements.html",
    ),
)
