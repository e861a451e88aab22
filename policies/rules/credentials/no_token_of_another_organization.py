from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.checks import always, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example
from rolecall.policies.rule import Rule
from rolecall.policies.types import METASTORE_PROVIDER

RULE = Rule(
    "no-token-of-another-organization",
    "No token of a data provider is written down.",
    Severity.HIGH,
    "https://docs.databricks.com/en/delta-sharing/read-data-open.html",
    (Theme.CREDENTIALS,),
    (METASTORE_PROVIDER,),
    refuse(
        always,
        "it writes down a token of another organization",
        "Let the other organization write the token into Databricks itself, or share by OIDC.",
    ),
    Example(
        METASTORE_PROVIDER,
        {"name": "partner", "authenticationType": "TOKEN", "recipientProfileStr": "{}"},
        (),
        (),
    ),
)
