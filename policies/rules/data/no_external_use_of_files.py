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

EXTERNAL_USE = frozenset({"EXTERNAL_USE_SCHEMA", "EXTERNAL_USE_LOCATION"})


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    for where, principal, privileges in privileges_of(resource):
        if privileges & EXTERNAL_USE:
            given = ", ".join(sorted(privileges & EXTERNAL_USE))
            how = "Remove it, or grant it to the one service principal of the engine that needs it, with an exemption."
            yield Finding(f"{where} grants {principal or 'a principal'} {given}: external engines read the files", how)


RULE = Rule(
    "no-external-use-of-files",
    "No principal may read the files behind tables past Unity Catalog.",
    Severity.HIGH,
    "https://docs.databricks.com/en/external-access/credential-vending.html",
    (Theme.DATA_OUT, Theme.LEAST_PRIVILEGE),
    (GRANTS, GRANT),
    _check,
    Example(
        GRANTS,
        compliant.GRANTS,
        (put("grants.0.privileges", ["SELECT", "EXTERNAL USE SCHEMA"]),),
        ("grants", "grants.0", "grants.0.privileges"),
    ),
)
