from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.controls import Theme
from rolecall.policies.example import setting_example
from rolecall.policies.rule import Rule
from rolecall.policies.settings import has_value
from rolecall.policies.types import DISABLE_LEGACY_FEATURES

RULE = Rule(
    "legacy-features-are-off",
    "New workspaces come without what Unity Catalog has replaced.",
    (DISABLE_LEGACY_FEATURES,),
    has_value("disableLegacyFeatures.value", True, "new workspaces come with legacy features", "Write value: true."),
    Severity.LOW,
    "https://docs.databricks.com/en/admin/account-settings/legacy-features.html",
    (Theme.CONFIGURATION,),
    setting_example(DISABLE_LEGACY_FEATURES, "disableLegacyFeatures", "value", True, False),
)
