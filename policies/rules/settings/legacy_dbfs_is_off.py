from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.controls import Theme
from rolecall.policies.example import setting_example
from rolecall.policies.rule import Rule
from rolecall.policies.settings import has_value
from rolecall.policies.types import DISABLE_LEGACY_DBFS

RULE = Rule(
    "legacy-dbfs-is-off",
    "The file system that everybody may read is switched off.",
    (DISABLE_LEGACY_DBFS,),
    has_value(
        "disableLegacyDbfs.value", True, "everybody may read and write the old file system", "Write value: true."
    ),
    Severity.MEDIUM,
    "https://docs.databricks.com/en/dbfs/disable-dbfs-root-mounts.html",
    (Theme.LEAST_PRIVILEGE, Theme.CONFIGURATION),
    setting_example(DISABLE_LEGACY_DBFS, "disableLegacyDbfs", "value", True, False),
)
