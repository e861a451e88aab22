from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import ACCOUNT_FEDERATION_POLICY, SERVICE_PRINCIPAL_FEDERATION_POLICY


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.is_set("oidcPolicy.jwksJson"):
        how = "Leave jwksJson out: Databricks fetches the issuer's keys, and notices when one is withdrawn."
        yield Finding("it pins the issuer's keys, so that a withdrawn one is still trusted", how)


RULE = Rule(
    "federation-fetches-keys",
    "An issuer's keys are fetched from it, so that a withdrawn one is not trusted any more.",
    (SERVICE_PRINCIPAL_FEDERATION_POLICY, ACCOUNT_FEDERATION_POLICY),
    _check,
    Severity.MEDIUM,
    "https://docs.databricks.com/en/dev-tools/auth/oauth-federation-policy.html",
    pack="compliance",
    themes=(Theme.CREDENTIALS,),
    example=Example(
        SERVICE_PRINCIPAL_FEDERATION_POLICY,
        compliant.FEDERATION,
        (put("oidcPolicy", "jwksJson", value='{"keys": []}'),),
        (("oidcPolicy",),),
    ),
)
