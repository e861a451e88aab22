from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import SQL_GLOBAL_CONFIG


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.read("securityPolicy") not in (None, "DATA_ACCESS_CONTROL"):
        yield Finding("warehouses hand their user's cloud credentials to storage", "Write DATA_ACCESS_CONTROL.")
    if resource.properties.read("dataAccessConfig"):
        how = "Declare external locations and grant access on them."
        yield Finding("all warehouses reach storage past Unity Catalog", how)


RULE = Rule(
    "warehouses-ask-unity-catalog",
    "SQL warehouses reach data through Unity Catalog only.",
    (SQL_GLOBAL_CONFIG,),
    _check,
    Severity.HIGH,
    "https://docs.databricks.com/en/data-governance/unity-catalog/best-practices.html",
    themes=(Theme.LEAST_PRIVILEGE, Theme.CONFIGURATION),
    example=Example(
        SQL_GLOBAL_CONFIG,
        {"securityPolicy": "DATA_ACCESS_CONTROL"},
        (put("securityPolicy", value="PASSTHROUGH"), put("dataAccessConfig", value={"spark.hadoop.x": "y"})),
        (("securityPolicy",), ("dataAccessConfig",)),
    ),
)
