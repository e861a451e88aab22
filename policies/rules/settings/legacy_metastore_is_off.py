from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.controls import Theme
from rolecall.policies.example import setting_example
from rolecall.policies.rule import Rule
from rolecall.policies.settings import has_value
from rolecall.policies.types import DISABLE_LEGACY_ACCESS

RULE = Rule(
    "legacy-metastore-is-off",
    "Data is reached through Unity Catalog only.",
    (DISABLE_LEGACY_ACCESS,),
    has_value(
        "disableLegacyAccess.value", True, "the old metastore is reached past Unity Catalog", "Write value: true."
    ),
    Severity.MEDIUM,
    "https://docs.databricks.com/en/data-governance/unity-catalog/disable-hms.html",
    (Theme.LEAST_PRIVILEGE, Theme.CONFIGURATION),
    setting_example(DISABLE_LEGACY_ACCESS, "disableLegacyAccess", "value", True, False),
)
