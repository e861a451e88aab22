from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put, without
from rolecall.policies.network import too_wide
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.securables import LONGEST_TOKEN
from rolecall.policies.types import RECIPIENT


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if str(resource.properties.read("authenticationType") or "").upper() != "TOKEN":
        return
    if not resource.properties.is_set("expirationTime"):
        yield Finding("its token does not expire", "Write expirationTime, or let the recipient sign in with OIDC.")
    ends = [resource.properties.read("expirationTime"), *_token_ends(resource)]
    for end in ends:
        # Milliseconds since 1970: https://docs.databricks.com/api/workspace/recipients/create.
        if end is not None and not _is_soon(end, context):
            how = f"Allowed: up to {LONGEST_TOKEN // 86400} days from now, in milliseconds since 1970; then rotate it."
            yield Finding("its token lasts longer than agreed upon", how)
            break
    addresses = resource.properties.read("ipAccessList.allowedIpAddresses")
    how = "Write ipAccessList with the recipient's addresses."
    if not addresses:
        yield Finding("its token works from anywhere", how)
    elif found := too_wide(addresses):
        yield Finding(f"its token works from {found}", how)


def _token_ends(resource: Resource) -> Iterator[Any]:
    for token in resource.properties.items("tokens"):
        yield token.read("expirationTime")


def _is_soon(end: Any, context: Context) -> bool:
    try:
        seconds = float(end) / 1000
    except (TypeError, ValueError):
        return False
    return seconds - context.now <= LONGEST_TOKEN


RULE = Rule(
    "recipient-is-restricted",
    "A data recipient's token expires and works from known addresses only.",
    Severity.HIGH,
    "https://docs.databricks.com/en/delta-sharing/create-recipient.html",
    (Theme.CREDENTIALS, Theme.DATA_OUT),
    (RECIPIENT,),
    _check,
    Example(
        RECIPIENT,
        {
            "name": "partner",
            "authenticationType": "TOKEN",
            "expirationTime": int((time.time() + 30 * 86400) * 1000),
            "ipAccessList": {"allowedIpAddresses": ["203.0.113.0/24"]},
        },
        (
            without("expirationTime"),
            without("ipAccessList"),
            put("ipAccessList.allowedIpAddresses", []),
            put("expirationTime", 4102444800000),
        ),
        ("authenticationType", "expirationTime", "ipAccessList", "ipAccessList.allowedIpAddresses"),
    ),
)
