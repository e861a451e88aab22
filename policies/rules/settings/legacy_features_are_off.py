from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.controls import Theme
from rolecall.policies.settings import switch_rule
from rolecall.policies.types import DISABLE_LEGACY_FEATURES

RULE = switch_rule(
    "legacy-features-are-off",
    "New workspaces come without what Unity Catalog has replaced.",
    (DISABLE_LEGACY_FEATURES, "disableLegacyFeatures.value"),
    "new workspaces come with legacy features",
    Severity.LOW,
    "https://docs.databricks.com/en/admin/account-settings/legacy-features.html",
    Theme.CONFIGURATION,
)
