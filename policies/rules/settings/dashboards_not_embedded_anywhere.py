from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.checks import one_of, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.types import DASHBOARD_EMBEDDING

RULE = Rule(
    "dashboards-not-embedded-anywhere",
    "Dashboards are embedded in approved places only.",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/dashboards/share/embed.html",
    (Theme.DATA_OUT,),
    (DASHBOARD_EMBEDDING,),
    refuse(
        one_of("aibiDashboardEmbeddingAccessPolicy.accessPolicyType", "ALLOW_ALL_DOMAINS"),
        "dashboards may be embedded in any page",
        "Write ALLOW_APPROVED_DOMAINS or DENY_ALL_DOMAINS.",
    ),
    Example(
        DASHBOARD_EMBEDDING,
        {"aibiDashboardEmbeddingAccessPolicy": {"accessPolicyType": "ALLOW_APPROVED_DOMAINS"}},
        (put("aibiDashboardEmbeddingAccessPolicy.accessPolicyType", "ALLOW_ALL_DOMAINS"),),
        ("aibiDashboardEmbeddingAccessPolicy", "aibiDashboardEmbeddingAccessPolicy.accessPolicyType"),
    ),
)
