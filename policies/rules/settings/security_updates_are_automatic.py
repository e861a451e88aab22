from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.controls import Theme
from rolecall.policies.example import setting_example
from rolecall.policies.rule import Rule
from rolecall.policies.settings import has_value
from rolecall.policies.types import AUTOMATIC_CLUSTER_UPDATE

RULE = Rule(
    "security-updates-are-automatic",
    "Compute gets security fixes by itself.",
    (AUTOMATIC_CLUSTER_UPDATE,),
    has_value(
        "automaticClusterUpdateWorkspace.enabled",
        True,
        "compute runs without security fixes until it is restarted",
        "Write enabled: true.",
    ),
    Severity.MEDIUM,
    "https://docs.databricks.com/en/admin/clusters/automatic-cluster-update.html",
    (Theme.PATCHES,),
    setting_example(AUTOMATIC_CLUSTER_UPDATE, "automaticClusterUpdateWorkspace", "enabled", True, False),
)
