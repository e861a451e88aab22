from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.checks import always, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example
from rolecall.policies.rule import Rule
from rolecall.policies.types import SECRET, SECRET_UC

RULE = Rule(
    "secret-value-not-declared",
    "Values of secrets are in no program and no state.",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/security/secrets/index.html",
    (Theme.CREDENTIALS,),
    (SECRET, SECRET_UC),
    refuse(
        always,
        "it declares a secret's value",
        "Declare the scope only; a rotation writes the value, so that no state and no program has it.",
    ),
    Example(SECRET, {"scope": "keys", "key": "a", "stringValue": "b"}, (), ()),
)
