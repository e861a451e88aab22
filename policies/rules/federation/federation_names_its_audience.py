from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put, without
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import (
    ACCOUNT_FEDERATION_POLICY,
    FEDERATED_IDENTITY_CREDENTIAL,
    SERVICE_PRINCIPAL_FEDERATION_POLICY,
)


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.type == FEDERATED_IDENTITY_CREDENTIAL:
        audience = resource.properties.read("audience")
    else:
        audience = resource.properties.read("oidcPolicy.audiences")
    if not audience:
        how = (
            "Name the audience that the workload asks its issuer for; a token for another service is not accepted here."
        )
        yield Finding("it names no audience", how)


RULE = Rule(
    "federation-names-its-audience",
    "A federation policy names the audience of the tokens that it trusts.",
    Severity.HIGH,
    "https://docs.databricks.com/en/dev-tools/auth/oauth-federation-policy.html",
    (Theme.CREDENTIALS,),
    (SERVICE_PRINCIPAL_FEDERATION_POLICY, ACCOUNT_FEDERATION_POLICY, FEDERATED_IDENTITY_CREDENTIAL),
    _check,
    Example(
        SERVICE_PRINCIPAL_FEDERATION_POLICY,
        compliant.FEDERATION,
        (put("oidcPolicy.audiences", []), without("oidcPolicy.audiences")),
        ("oidcPolicy", "oidcPolicy.audiences"),
    ),
)
