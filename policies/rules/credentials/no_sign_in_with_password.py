from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.checks import one_of, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.types import PERMISSIONS

RULE = Rule(
    "no-sign-in-with-password",
    "No user signs in to a workspace with a password.",
    Severity.HIGH,
    "https://docs.databricks.com/en/security/auth/single-sign-on/index.html",
    (Theme.CREDENTIALS,),
    (PERMISSIONS,),
    refuse(
        one_of("authorization", "passwords"),
        "it allows sign-in with a password",
        "Remove it: people sign in through the identity provider, which asks for a second factor.",
    ),
    Example(PERMISSIONS, compliant.TOKENS, (put("authorization", "passwords"),), ("authorization",)),
)
