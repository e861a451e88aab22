from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import DASHBOARD_EMBEDDING


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.read("aibiDashboardEmbeddingAccessPolicy.accessPolicyType") == "ALLOW_ALL_DOMAINS":
        how = "Write ALLOW_APPROVED_DOMAINS or DENY_ALL_DOMAINS."
        yield Finding("dashboards may be embedded in any page", how)


RULE = Rule(
    "dashboards-not-embedded-anywhere",
    "Dashboards are embedded in approved places only.",
    (DASHBOARD_EMBEDDING,),
    _check,
    Severity.MEDIUM,
    "https://docs.databricks.com/en/dashboards/share/embed.html",
    themes=(Theme.DATA_OUT,),
    example=Example(
        DASHBOARD_EMBEDDING,
        {"aibiDashboardEmbeddingAccessPolicy": {"accessPolicyType": "ALLOW_APPROVED_DOMAINS"}},
        (put("aibiDashboardEmbeddingAccessPolicy", "accessPolicyType", value="ALLOW_ALL_DOMAINS"),),
        (("aibiDashboardEmbeddingAccessPolicy",), ("aibiDashboardEmbeddingAccessPolicy", "accessPolicyType")),
    ),
)
