from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.securables import OWNED
from rolecall.policies.types import SCHEMA


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if "@" in str(resource.properties.read("owner") or ""):
        how = "Name a group, or leave it out: then the deployer owns it."
        yield Finding("it is owned by a person, and goes astray when they leave", how)


RULE = Rule(
    "owner-is-no-person",
    "What is in Unity Catalog is owned by groups and service principals.",
    OWNED,
    _check,
    Severity.HIGH,
    "https://docs.databricks.com/en/data-governance/unity-catalog/manage-privileges/ownership.html",
    themes=(Theme.LIFECYCLE, Theme.RECORDS),
    example=Example(SCHEMA, compliant.SCHEMA, (put("owner", value="ada@example.com"),), (("owner",),)),
)
