from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put, without
from rolecall.policies.organization import MAX_TOKEN_DAYS
from rolecall.policies.parameters import limit_parameter
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import OBO_TOKEN, SERVICE_PRINCIPAL_SECRET, TOKEN


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
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


RULE = Rule(
    "credentials-expire",
    "A token or secret that an exemption allows ends no later than agreed upon.",
    Severity.CRITICAL,
    "https://docs.databricks.com/en/dev-tools/auth/pat.html",
    (Theme.CREDENTIALS,),
    (TOKEN, OBO_TOKEN, SERVICE_PRINCIPAL_SECRET),
    _check,
    Example(
        OBO_TOKEN,
        {"applicationId": "1", "comment": "x", "lifetimeSeconds": 86400},
        (put("lifetimeSeconds", 0), put("lifetimeSeconds", 91 * 86400), without("lifetimeSeconds")),
        ("lifetimeSeconds",),
    ),
    parameters=limit_parameter("max_token_days", MAX_TOKEN_DAYS),
)
