from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import MWS_WORKSPACES


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    tier = resource.properties.read("pricingTier")
    if tier not in (None, "PREMIUM", "ENTERPRISE"):
        how = "Write PREMIUM or ENTERPRISE: below, everybody is administrator of everything."
        yield Finding(f"the tier {tier} has no access control", how)


RULE = Rule(
    "workspace-has-access-control",
    "A workspace is of a tier that has access control.",
    (MWS_WORKSPACES,),
    _check,
    Severity.CRITICAL,
    "https://docs.databricks.com/en/security/auth/access-control/index.html",
    themes=(Theme.LEAST_PRIVILEGE,),
    example=Example(MWS_WORKSPACES, compliant.WORKSPACE, (put("pricingTier", value="STANDARD"),), (("pricingTier",),)),
)
