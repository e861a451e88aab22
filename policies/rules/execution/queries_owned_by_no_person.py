from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.checks import is_set, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.types import ALERT, QUERY

RULE = Rule(
    "queries-owned-by-no-person",
    "No query and no alert runs with the rights of a person.",
    Severity.HIGH,
    "https://docs.databricks.com/en/sql/user/queries/index.html",
    (Theme.LIFECYCLE, Theme.LEAST_PRIVILEGE),
    (QUERY, ALERT),
    refuse(is_set("ownerUserName"), "it runs with the rights of a person, its owner", "Leave ownerUserName out."),
    Example(
        QUERY,
        {"displayName": "q", "queryText": "SELECT 1", "warehouseId": "1", "runAsMode": "VIEWER"},
        (put("ownerUserName", "ada@example.com"),),
        (),
    ),
)
