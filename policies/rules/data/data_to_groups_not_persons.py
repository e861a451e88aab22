from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.data import entries_of
from rolecall.policies.example import Example, put
from rolecall.policies.properties import principal_of
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import GRANT, GRANTS


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    for entry in entries_of(resource):
        entry.read("privileges")
        if "@" in principal_of(entry):
            how = "Grant it to a group of the identity provider and add the person to that group."
            yield Finding(f"{entry.path or 'it'} grants privileges to a person", how)


RULE = Rule(
    "data-to-groups-not-persons",
    "Privileges in Unity Catalog go to groups and service principals, never to persons.",
    Severity.HIGH,
    "https://docs.databricks.com/en/data-governance/unity-catalog/manage-privileges/privileges.html",
    (Theme.LEAST_PRIVILEGE, Theme.LIFECYCLE),
    (GRANTS, GRANT),
    _check,
    Example(
        GRANTS,
        compliant.GRANTED,
        (put("grants.0.principal", "ada@example.com"),),
        ("grants", "grants.0", "grants.0.privileges"),
    ),
)
