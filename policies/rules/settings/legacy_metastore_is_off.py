from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.controls import Theme
from rolecall.policies.settings import switch_rule
from rolecall.policies.types import DISABLE_LEGACY_ACCESS

RULE = switch_rule(
    "legacy-metastore-is-off",
    "Data is reached through Unity Catalog only.",
    (DISABLE_LEGACY_ACCESS, "disableLegacyAccess.value"),
    "the old metastore is reached past Unity Catalog",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/data-governance/unity-catalog/disable-hms.html",
    Theme.LEAST_PRIVILEGE,
    Theme.CONFIGURATION,
)
