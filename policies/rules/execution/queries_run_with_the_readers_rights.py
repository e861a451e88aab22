from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put, without
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import DASHBOARD, QUERY, SQL_DASHBOARD, SQL_QUERY

_OWN_RIGHTS = "Run it with the viewer's permissions: "


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    properties = resource.properties
    # https://docs.databricks.com/en/dashboards/share/share.html: credentials are embedded unless it states otherwise.
    if resource.type == DASHBOARD and properties.read("embedCredentials") is not False:
        yield Finding(
            "everybody who opens it reads with the deployer's rights", f"{_OWN_RIGHTS}embedCredentials: false."
        )
    # https://docs.databricks.com/api/workspace/queries/create: OWNER is the default.
    if resource.type == QUERY and properties.read("runAsMode") != "VIEWER":
        yield Finding("everybody who runs it reads with its owner's rights", f"{_OWN_RIGHTS}runAsMode: VIEWER.")
    if resource.type in (SQL_QUERY, SQL_DASHBOARD) and properties.read("runAsRole") != "viewer":
        yield Finding("everybody who runs it reads with its owner's rights", f"{_OWN_RIGHTS}runAsRole: viewer.")


RULE = Rule(
    "queries-run-with-the-readers-rights",
    "Dashboards and queries show what their reader may read.",
    Severity.CRITICAL,
    "https://docs.databricks.com/en/dashboards/share/share.html",
    (Theme.LEAST_PRIVILEGE,),
    (DASHBOARD, QUERY, SQL_QUERY, SQL_DASHBOARD),
    _check,
    Example(
        DASHBOARD,
        {
            "displayName": "Churn",
            "parentPath": "/Workspace/churn",
            "warehouseId": "1",
            "embedCredentials": False,
        },
        (without("embedCredentials"), put("embedCredentials", True)),
        ("embedCredentials",),
    ),
)
