from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.checks import is_set, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.types import ACCOUNT_FEDERATION_POLICY, SERVICE_PRINCIPAL_FEDERATION_POLICY

RULE = Rule(
    "federation-fetches-keys",
    "An issuer's keys are fetched from it, so that a withdrawn one is not trusted any more.",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/dev-tools/auth/oauth-federation-policy.html",
    (Theme.CREDENTIALS,),
    (SERVICE_PRINCIPAL_FEDERATION_POLICY, ACCOUNT_FEDERATION_POLICY),
    refuse(
        is_set("oidcPolicy.jwksJson"),
        "it pins the issuer's keys, so that a withdrawn one is still trusted",
        "Leave jwksJson out: Databricks fetches the issuer's keys, and notices when one is withdrawn.",
    ),
    Example(
        SERVICE_PRINCIPAL_FEDERATION_POLICY,
        compliant.FEDERATION,
        (put("oidcPolicy.jwksJson", '{"keys": []}'),),
        ("oidcPolicy",),
    ),
    pack="compliance",
)
