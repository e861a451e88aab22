from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import ALERT, QUERY


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.is_set("ownerUserName"):
        yield Finding("it runs with the rights of a person, its owner", "Leave ownerUserName out.")


RULE = Rule(
    "queries-owned-by-no-person",
    "No query and no alert runs with the rights of a person.",
    (QUERY, ALERT),
    _check,
    Severity.HIGH,
    "https://docs.databricks.com/en/sql/user/queries/index.html",
    themes=(Theme.LIFECYCLE, Theme.LEAST_PRIVILEGE),
    example=Example(
        QUERY,
        {"displayName": "q", "queryText": "SELECT 1", "warehouseId": "1", "runAsMode": "VIEWER"},
        (put("ownerUserName", value="ada@example.com"),),
        (),
    ),
)
