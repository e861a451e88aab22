from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put, without
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CATALOG, EXTERNAL_LOCATION, STORAGE_CREDENTIAL


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    mode = str(resource.properties.read("isolationMode") or "OPEN")
    if mode.removeprefix("ISOLATION_MODE_") != "ISOLATED":
        wanted = "ISOLATED" if resource.type == CATALOG else "ISOLATION_MODE_ISOLATED"
        how = f"Write isolationMode: {wanted}, and bind the workspaces that it is meant for."
        yield Finding("every workspace of the metastore can use it, those of other environments too", how)


RULE = Rule(
    "data-bound-to-workspaces",
    "Catalogs, locations and storage credentials are used from named workspaces only.",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/catalogs/binding.html",
    (Theme.ENVIRONMENTS, Theme.LEAST_PRIVILEGE),
    (CATALOG, EXTERNAL_LOCATION, STORAGE_CREDENTIAL),
    _check,
    Example(
        CATALOG,
        compliant.CATALOG,
        (put("isolationMode", "OPEN"), without("isolationMode")),
        ("isolationMode",),
    ),
    pack="compliance",
)
