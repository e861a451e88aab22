from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put, without
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.securables import LONGEST_TOKEN
from rolecall.policies.types import METASTORE


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.read("deltaSharingScope") != "INTERNAL_AND_EXTERNAL":
        return
    seconds = resource.properties.read("deltaSharingRecipientTokenLifetimeInSeconds")
    if not seconds or seconds > LONGEST_TOKEN:
        lasts = f"{seconds // 86400} days" if seconds else "for ever"
        yield Finding(f"tokens of data recipients last {lasts}", f"Allowed: up to {LONGEST_TOKEN} seconds, 90 days.")


RULE = Rule(
    "sharing-tokens-expire",
    "Tokens of data recipients last at most 90 days.",
    Severity.HIGH,
    "https://docs.databricks.com/en/delta-sharing/create-recipient.html",
    (Theme.CREDENTIALS, Theme.DATA_OUT),
    (METASTORE,),
    _check,
    Example(
        METASTORE,
        compliant.METASTORE,
        (
            put("deltaSharingRecipientTokenLifetimeInSeconds", 0),
            put("deltaSharingRecipientTokenLifetimeInSeconds", 91 * 86400),
            without("deltaSharingRecipientTokenLifetimeInSeconds"),
        ),
        ("deltaSharingScope", "deltaSharingRecipientTokenLifetimeInSeconds"),
    ),
)
