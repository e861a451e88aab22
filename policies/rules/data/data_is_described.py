from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.checks import not_set, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put, without
from rolecall.policies.rule import Rule
from rolecall.policies.types import CATALOG, REGISTERED_MODEL, SCHEMA, VOLUME

RULE = Rule(
    "data-is-described",
    "Objects that hold data have a description of their purpose.",
    Severity.LOW,
    "https://docs.databricks.com/en/comments/index.html",
    (Theme.RECORDS,),
    (CATALOG, SCHEMA, VOLUME, REGISTERED_MODEL),
    refuse(
        not_set("comment"),
        "it has no comment",
        "Write a comment: what is in it, and for what purpose it is kept.",
    ),
    Example(CATALOG, compliant.CATALOG, (without("comment"), put("comment", "")), ()),
    pack="compliance",
)
