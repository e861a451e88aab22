from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put, without
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CATALOG, REGISTERED_MODEL, SCHEMA, VOLUME


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if not resource.properties.is_set("comment"):
        how = "Write a comment: what is in it, and for what purpose it is kept."
        yield Finding("nothing says what it is for", how)


RULE = Rule(
    "data-is-described",
    "What holds data says what it is for.",
    (CATALOG, SCHEMA, VOLUME, REGISTERED_MODEL),
    _check,
    Severity.LOW,
    "https://docs.databricks.com/en/comments/index.html",
    pack="compliance",
    themes=(Theme.RECORDS,),
    example=Example(CATALOG, compliant.CATALOG, (without("comment"), put("comment", value="")), ()),
)
