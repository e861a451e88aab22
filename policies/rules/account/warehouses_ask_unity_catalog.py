from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.checks import each, is_on, not_one_of, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.types import SQL_GLOBAL_CONFIG

RULE = Rule(
    "warehouses-ask-unity-catalog",
    "SQL warehouses reach data through Unity Catalog only.",
    Severity.HIGH,
    "https://docs.databricks.com/en/data-governance/unity-catalog/best-practices.html",
    (Theme.LEAST_PRIVILEGE, Theme.CONFIGURATION),
    (SQL_GLOBAL_CONFIG,),
    each(
        refuse(
            not_one_of("securityPolicy", None, "DATA_ACCESS_CONTROL"),
            "warehouses pass their user's cloud credentials to storage",
            "Write DATA_ACCESS_CONTROL.",
        ),
        refuse(
            is_on("dataAccessConfig"),
            "all warehouses reach storage past Unity Catalog",
            "Declare external locations and grant access on them.",
        ),
    ),
    Example(
        SQL_GLOBAL_CONFIG,
        {"securityPolicy": "DATA_ACCESS_CONTROL"},
        (put("securityPolicy", "PASSTHROUGH"), put("dataAccessConfig", {"spark.hadoop.x": "y"})),
        ("securityPolicy", "dataAccessConfig"),
    ),
)
