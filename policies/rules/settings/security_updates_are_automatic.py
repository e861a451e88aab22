from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.controls import Theme
from rolecall.policies.settings import switch_rule
from rolecall.policies.types import AUTOMATIC_CLUSTER_UPDATE

RULE = switch_rule(
    "security-updates-are-automatic",
    "Compute gets security fixes by itself.",
    (AUTOMATIC_CLUSTER_UPDATE, "automaticClusterUpdateWorkspace.enabled"),
    "compute runs without security fixes until it is restarted",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/admin/clusters/automatic-cluster-update.html",
    Theme.PATCHES,
)
