from __future__ import annotations

from typing import Any

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.checks import matches, refuse
from rolecall.policies.clusters import clusters_of
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.types import CLUSTER, JOB, PIPELINE

PASSTHROUGH = "spark.databricks.passthrough.enabled"


def _passes_through(configuration: Any) -> bool:
    return str((configuration or {}).get(PASSTHROUGH, "false")).lower() == "true"


RULE = Rule(
    "no-credential-passthrough",
    "Compute does not hand its user's cloud credentials to storage.",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/archive/credential-passthrough/index.html",
    (Theme.LEAST_PRIVILEGE, Theme.TRACEABILITY),
    (CLUSTER, JOB, PIPELINE),
    refuse(
        matches("sparkConf", _passes_through),
        "{part} passes the caller's own cloud credentials to storage",
        "Remove it, and grant privileges in Unity Catalog.",
        clusters_of,
    ),
    Example(
        CLUSTER,
        compliant.CLUSTER,
        (put("sparkConf", {"spark.databricks.passthrough.enabled": "true"}),),
        ("sparkConf",),
    ),
)
