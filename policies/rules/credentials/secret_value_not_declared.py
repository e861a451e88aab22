from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import SECRET, SECRET_UC


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    how = "Declare the scope only; a rotation writes the value, so that no state and no program has it."
    yield Finding("it declares a secret's value", how)


RULE = Rule(
    "secret-value-not-declared",
    "Values of secrets are in no program and no state.",
    (SECRET, SECRET_UC),
    _check,
    Severity.MEDIUM,
    "https://docs.databricks.com/en/security/secrets/index.html",
    themes=(Theme.CREDENTIALS,),
    example=Example(SECRET, {"scope": "keys", "key": "a", "stringValue": "b"}, (), ()),
)
