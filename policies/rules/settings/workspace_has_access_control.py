from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.checks import not_one_of, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.types import MWS_WORKSPACES

RULE = Rule(
    "workspace-has-access-control",
    "A workspace is of a tier that has access control.",
    Severity.CRITICAL,
    "https://docs.databricks.com/en/security/auth/access-control/index.html",
    (Theme.LEAST_PRIVILEGE,),
    (MWS_WORKSPACES,),
    refuse(
        not_one_of("pricingTier", None, "PREMIUM", "ENTERPRISE"),
        "the tier {value} has no access control",
        "Write PREMIUM or ENTERPRISE: below, everybody is administrator of everything.",
    ),
    Example(MWS_WORKSPACES, compliant.WORKSPACE, (put("pricingTier", "STANDARD"),), ("pricingTier",)),
)
