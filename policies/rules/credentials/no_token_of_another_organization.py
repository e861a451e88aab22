from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import METASTORE_PROVIDER


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    how = "Let the other organization write the token into Databricks itself, or share by OIDC."
    yield Finding("it writes down a token of another organization", how)


RULE = Rule(
    "no-token-of-another-organization",
    "No token of a data provider is written down.",
    (METASTORE_PROVIDER,),
    _check,
    Severity.HIGH,
    "https://docs.databricks.com/en/delta-sharing/read-data-open.html",
    themes=(Theme.CREDENTIALS,),
    example=Example(
        METASTORE_PROVIDER,
        {"name": "partner", "authenticationType": "TOKEN", "recipientProfileStr": "{}"},
        (),
        (),
    ),
)
