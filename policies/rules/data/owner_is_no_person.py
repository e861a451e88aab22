from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.checks import matches, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.securables import OWNED
from rolecall.policies.types import SCHEMA

RULE = Rule(
    "owner-is-no-person",
    "What is in Unity Catalog is owned by groups and service principals.",
    Severity.HIGH,
    "https://docs.databricks.com/en/data-governance/unity-catalog/manage-privileges/ownership.html",
    (Theme.LIFECYCLE, Theme.RECORDS),
    OWNED,
    refuse(
        matches("owner", lambda owner: "@" in str(owner or "")),
        "it is owned by a person, and loses its owner when they leave",
        "Name a group, or leave it out: then the deployer owns it.",
    ),
    Example(SCHEMA, compliant.SCHEMA, (put("owner", "ada@example.com"),), ("owner",)),
)
