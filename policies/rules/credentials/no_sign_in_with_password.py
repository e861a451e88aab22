from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import PERMISSIONS


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.read("authorization") == "passwords":
        how = "Take it out: people sign in through the identity provider, which asks for a second factor."
        yield Finding("it allows sign-in with a password", how)


RULE = Rule(
    "no-sign-in-with-password",
    "No user signs in to a workspace with a password.",
    (PERMISSIONS,),
    _check,
    Severity.HIGH,
    "https://docs.databricks.com/en/security/auth/single-sign-on/index.html",
    themes=(Theme.CREDENTIALS,),
    example=Example(PERMISSIONS, compliant.TOKENS, (put("authorization", value="passwords"),), (("authorization",),)),
)
