from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.data import privileges_of
from rolecall.policies.everybody import is_everybody
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import GRANT, GRANTS

# Privileges that show objects and allow traversal, but no reading of data.
HARMLESS = frozenset({"BROWSE", "USE_CATALOG", "USE_SCHEMA"})


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    for where, principal, privileges in privileges_of(resource):
        if is_everybody(principal) and privileges - HARMLESS:
            given = ", ".join(sorted(privileges - HARMLESS))
            how = f"Allowed: {', '.join(sorted(HARMLESS))}. Bind a group of the people who need more."
            yield Finding(f"{where} grants {given} to {principal!r}, which is everybody", how)


RULE = Rule(
    "data-not-for-everybody",
    "The group of all users reads and writes nothing in Unity Catalog.",
    Severity.CRITICAL,
    "https://docs.databricks.com/en/data-governance/unity-catalog/manage-privileges/privileges.html",
    (Theme.LEAST_PRIVILEGE,),
    (GRANTS, GRANT),
    _check,
    Example(
        GRANTS,
        compliant.GRANTED,
        (
            put("grants.1", {"principal": "account users", "privileges": ["SELECT"]}),
            put("grants.1", {"principal": "users", "privileges": ["all privileges"]}),
        ),
        ("grants", "grants.0", "grants.0.privileges"),
    ),
)
