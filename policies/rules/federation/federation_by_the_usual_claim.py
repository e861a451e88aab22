from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import PolicyConfigSchema, Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import ACCOUNT_FEDERATION_POLICY, SERVICE_PRINCIPAL_FEDERATION_POLICY


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    """Another claim is the same in the tokens of many workloads, whatever its value is called."""
    issuer = str(resource.properties.read("oidcPolicy.issuer") or "")
    if issuer.rstrip("/") in {one.rstrip("/") for one in context.account_issuers}:
        return  # it names people, by the claim that the identity provider has for them
    claim = resource.properties.read("oidcPolicy.subjectClaim")
    if claim not in (None, "", "sub"):
        how = "Leave subjectClaim out: the subject is then the claim `sub`, which names one workload."
        yield Finding(f"its subject is compared with the claim {claim!r}, which other workloads have too", how)


RULE = Rule(
    "federation-by-the-usual-claim",
    "A federation policy compares its subject with the claim that names one workload.",
    Severity.CRITICAL,
    "https://docs.databricks.com/en/dev-tools/auth/oauth-federation-policy.html",
    (Theme.CREDENTIALS, Theme.LEAST_PRIVILEGE),
    (SERVICE_PRINCIPAL_FEDERATION_POLICY, ACCOUNT_FEDERATION_POLICY),
    _check,
    Example(
        SERVICE_PRINCIPAL_FEDERATION_POLICY,
        compliant.FEDERATION,
        (put("oidcPolicy.subjectClaim", "repository_owner"),),
        ("oidcPolicy", "oidcPolicy.issuer", "oidcPolicy.subjectClaim"),
    ),
    parameters=PolicyConfigSchema(
        properties={"account_issuers": {"type": "array", "items": {"type": "string"}, "default": []}}
    ),
)
