from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import METASTORE


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.read("externalAccessEnabled"):
        how = "Leave it off; Delta Sharing gives others what they may have, and notes it."
        yield Finding("engines outside of Databricks may read its data", how)


RULE = Rule(
    "no-external-engines",
    "A metastore is not open to engines outside of Databricks.",
    (METASTORE,),
    _check,
    Severity.MEDIUM,
    "https://docs.databricks.com/en/external-access/admin.html",
    pack="compliance",
    themes=(Theme.DATA_OUT,),
    example=Example(
        METASTORE, compliant.METASTORE, (put("externalAccessEnabled", value=True),), (("externalAccessEnabled",),)
    ),
)
