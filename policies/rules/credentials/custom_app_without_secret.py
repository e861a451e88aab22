from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.organization import MAX_TOKEN_DAYS
from rolecall.policies.parameters import limit_parameter
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CUSTOM_APP

_MINUTES_A_DAY = 24 * 60


LOCAL = ("localhost", "127.0.0.1", "::1")


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    properties = resource.properties
    if properties.read("confidential") or properties.is_set("clientSecret"):
        how = "Write confidential: false; an app that people sign in to needs no secret (OAuth with PKCE)."
        yield Finding("it makes a client secret that lasts", how)
    for address in properties.read("redirectUrls") or []:
        parts = urlsplit(str(address))
        if "*" in str(address) or (parts.scheme != "https" and parts.hostname not in LOCAL):
            yield Finding(f"it sends people's codes to {address}", "Name an address in full, with https.")
    limit = context.max_token_days * _MINUTES_A_DAY
    for name in ("refreshTokenTtlInMinutes", "absoluteSessionLifetimeInMinutes", "accessTokenTtlInMinutes"):
        minutes = properties.read(f"tokenAccessPolicy.{name}")
        most = _MINUTES_A_DAY if name.startswith("access") else limit
        if minutes is not None and float(minutes) > most:
            yield Finding(f"{name} is {minutes}", f"Allowed: up to {most} minutes.")


RULE = Rule(
    "custom-app-without-secret",
    "An app that signs people in has no secret, and its tokens end.",
    Severity.HIGH,
    "https://docs.databricks.com/en/integrations/enable-disable-oauth.html",
    (Theme.CREDENTIALS,),
    (CUSTOM_APP,),
    _check,
    Example(
        CUSTOM_APP,
        {
            "name": "churn",
            "confidential": False,
            "redirectUrls": ["https://churn.acme.example/callback"],
            "scopes": ["sql"],
            "tokenAccessPolicy": {"accessTokenTtlInMinutes": 60, "refreshTokenTtlInMinutes": 10080},
        },
        (
            put("confidential", True),
            put("clientSecret", "x"),
            put("redirectUrls.0", "https://*.example.com/callback"),
            put("redirectUrls.0", "http://churn.acme.example/callback"),
            put("tokenAccessPolicy.refreshTokenTtlInMinutes", 365 * 24 * 60),
            put("tokenAccessPolicy.accessTokenTtlInMinutes", 14 * 24 * 60),
        ),
        ("confidential", "redirectUrls", "tokenAccessPolicy", "redirectUrls.0"),
    ),
    parameters=limit_parameter("max_token_days", MAX_TOKEN_DAYS),
)
