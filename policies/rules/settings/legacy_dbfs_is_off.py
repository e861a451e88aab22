from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.controls import Theme
from rolecall.policies.settings import switch_rule
from rolecall.policies.types import DISABLE_LEGACY_DBFS

RULE = switch_rule(
    "legacy-dbfs-is-off",
    "The file system that everybody may read is switched off.",
    (DISABLE_LEGACY_DBFS, "disableLegacyDbfs.value"),
    "everybody may read and write the old file system",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/dbfs/disable-dbfs-root-mounts.html",
    Theme.LEAST_PRIVILEGE,
    Theme.CONFIGURATION,
)
