"""Rules on service principals, groups and their credentials."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import PolicyConfigSchema, Severity

from rolecall.policies.context import MAX_TOKEN_DAYS, Context
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import ENTITLEMENTS, GROUP, OBO_TOKEN, SERVICE_PRINCIPAL, SERVICE_PRINCIPAL_SECRET, TOKEN

# https://docs.databricks.com/en/security/auth/entitlements.html
UNLIMITED_COMPUTE = ("allowClusterCreate", "allowInstancePoolCreate")


def _no_free_compute(resource: Resource, context: Context) -> Iterator[Finding]:
    for entitlement in UNLIMITED_COMPUTE:
        if resource.properties.read(entitlement):
            how = "Leave it off, and give `run` on a cluster policy instead."
            yield Finding(f"{entitlement} lets it make compute under no cluster policy", how)


def _no_long_lived_credentials(resource: Resource, context: Context) -> Iterator[Finding]:
    how = "Sign in with OAuth and workload identity federation: https://docs.databricks.com/en/dev-tools/auth/oauth-federation.html"
    yield Finding("it makes a credential that lasts", how)


def _credential_ends(resource: Resource, context: Context) -> Iterator[Finding]:
    path = "lifetime" if resource.type == SERVICE_PRINCIPAL_SECRET else "lifetimeSeconds"
    written = resource.properties.read(path)
    allowed = f"Allowed: {path} of up to {context.max_token_days} days; better none: sign in with OAuth."
    try:
        # A secret's is a duration, `86400s`; without one, it lasts two years, and a token for ever.
        seconds = float(str(written).removesuffix("s")) if written is not None else 0.0
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= context.max_token_days * 24 * 60 * 60:
        shown = f"{written!r}" if written is not None else "no value"
        yield Finding(f"{path} has {shown}: it lasts longer than agreed upon", allowed)


RULES = (
    Rule(
        "no-compute-without-policy",
        "No group or service principal may make compute under no cluster policy.",
        (GROUP, SERVICE_PRINCIPAL, ENTITLEMENTS),
        _no_free_compute,
        Severity.HIGH,
        "https://docs.databricks.com/en/security/auth/entitlements.html",
    ),
    Rule(
        "no-long-lived-credentials",
        "No token and no service principal's secret is made.",
        (TOKEN, OBO_TOKEN, SERVICE_PRINCIPAL_SECRET),
        _no_long_lived_credentials,
        Severity.CRITICAL,
        "https://docs.databricks.com/en/dev-tools/auth/pat.html",
    ),
    Rule(
        "credentials-expire",
        "A token or secret that an exemption allows ends no later than agreed upon.",
        (TOKEN, OBO_TOKEN, SERVICE_PRINCIPAL_SECRET),
        _credential_ends,
        Severity.CRITICAL,
        "https://docs.databricks.com/en/dev-tools/auth/pat.html",
        PolicyConfigSchema(properties={"max_token_days": {"type": "integer", "minimum": 1, "default": MAX_TOKEN_DAYS}}),
    ),
)
