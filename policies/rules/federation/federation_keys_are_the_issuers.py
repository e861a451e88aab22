from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import ACCOUNT_FEDERATION_POLICY, SERVICE_PRINCIPAL_FEDERATION_POLICY


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    issuer = urlsplit(str(resource.properties.read("oidcPolicy.issuer") or ""))
    address = resource.properties.read("oidcPolicy.jwksUri")
    if context.workloads is not None and resource.properties.is_set("oidcPolicy.jwksJson"):
        how = "Leave jwksJson out: Databricks fetches the issuer's keys."
        yield Finding("its tokens are checked with keys from the program", how)
    if address and urlsplit(str(address))[:2] != issuer[:2]:
        how = "Leave jwksUri out: Databricks discovers the issuer's keys."
        yield Finding(f"its tokens are checked with keys from {address}, which is not its issuer's address", how)


RULE = Rule(
    "federation-keys-are-the-issuers",
    "Tokens are checked with keys from their issuer's own address.",
    Severity.CRITICAL,
    "https://docs.databricks.com/en/dev-tools/auth/oauth-federation-policy.html",
    (Theme.CREDENTIALS,),
    (SERVICE_PRINCIPAL_FEDERATION_POLICY, ACCOUNT_FEDERATION_POLICY),
    _check,
    Example(
        SERVICE_PRINCIPAL_FEDERATION_POLICY,
        compliant.FEDERATION,
        (put("oidcPolicy.jwksUri", "https://keys.example.com/keys"),),
        ("oidcPolicy", "oidcPolicy.issuer", "oidcPolicy.jwksUri"),
    ),
)
