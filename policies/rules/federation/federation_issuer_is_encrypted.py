from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

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
    path = "issuer" if resource.type == FEDERATED_IDENTITY_CREDENTIAL else "oidcPolicy.issuer"
    address = urlsplit(str(resource.properties.read(path) or ""))
    # Emulators and tests serve their own issuer on this machine.
    if address.scheme != "https" and address.hostname not in ("localhost", "127.0.0.1", "::1"):
        how = "Write the issuer's address with https; over http, keys could be replaced in transit."
        yield Finding(f"the keys of issuer {address.geturl() or 'none'} come over an unencrypted connection", how)


RULE = Rule(
    "federation-issuer-is-encrypted",
    "An issuer's keys come over an encrypted connection.",
    Severity.CRITICAL,
    "https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig",
    (Theme.CREDENTIALS, Theme.ENCRYPTION),
    (SERVICE_PRINCIPAL_FEDERATION_POLICY, ACCOUNT_FEDERATION_POLICY, FEDERATED_IDENTITY_CREDENTIAL),
    _check,
    Example(
        SERVICE_PRINCIPAL_FEDERATION_POLICY,
        compliant.FEDERATION,
        (put("oidcPolicy.issuer", "http://issuer.example.com"), without("oidcPolicy.issuer")),
        ("oidcPolicy", "oidcPolicy.issuer"),
    ),
)
