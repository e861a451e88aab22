from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.data import privileges_of
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import GRANT, GRANTS


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    for where, principal, privileges in privileges_of(resource):
        if "ALL_PRIVILEGES" in privileges:
            how = "Name the privileges that are needed, or use a verb of the contract."
            yield Finding(f"{where} grants {principal or 'a principal'} all privileges, including future ones", how)


RULE = Rule(
    "no-all-privileges",
    "Privileges are named one by one.",
    Severity.HIGH,
    "https://docs.databricks.com/en/data-governance/unity-catalog/manage-privileges/privileges.html",
    (Theme.LEAST_PRIVILEGE,),
    (GRANTS, GRANT),
    _check,
    Example(
        GRANTS,
        compliant.GRANTS,
        (
            put("grants.0.privileges", ["ALL_PRIVILEGES"]),
            put("grants.0.privileges", ["ALL PRIVILEGES"]),
        ),
        ("grants", "grants.0", "grants.0.privileges"),
    ),
)
