from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put, without
from rolecall.policies.parameters import list_parameter
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import ACCOUNT_FEDERATION_POLICY


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    issuer = str(resource.properties.read("oidcPolicy.issuer") or "")
    subject = str(resource.properties.read("oidcPolicy.subject") or "")
    if issuer.rstrip("/") in {one.rstrip("/") for one in context.account_issuers}:
        return
    if not subject or "*" in subject:
        how = (
            "Declare a ServicePrincipalFederationPolicy with one subject. The identity provider of all people is named "
            "by the rule's parameter `account_issuers`."
        )
        yield Finding(
            f"every identity that {issuer or 'its issuer'} vouches for may act as any user of the account", how
        )


RULE = Rule(
    "no-account-wide-federation",
    "No issuer speaks for the whole account, but the identity provider.",
    Severity.CRITICAL,
    "https://docs.databricks.com/en/dev-tools/auth/oauth-federation-policy.html",
    (Theme.CREDENTIALS, Theme.LEAST_PRIVILEGE),
    (ACCOUNT_FEDERATION_POLICY,),
    _check,
    Example(
        ACCOUNT_FEDERATION_POLICY,
        {"oidcPolicy": {"issuer": "https://acme.okta.example", "subject": "one", "audiences": ["a"]}},
        (without("oidcPolicy.subject"), put("oidcPolicy.subject", "*")),
        ("oidcPolicy", "oidcPolicy.issuer", "oidcPolicy.subject"),
    ),
    parameters=list_parameter(
        "account_issuers", "addresses of the identity provider, whose tokens may speak for all people"
    ),
)
