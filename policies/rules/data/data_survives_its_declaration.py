from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CATALOG, EXTERNAL_LOCATION, METASTORE, SCHEMA, STORAGE_CREDENTIAL


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.read("forceDestroy"):
        how = "Leave forceDestroy out; empty it on purpose before you take it away."
        yield Finding("taking it out of the program would delete all data in it", how)


RULE = Rule(
    "data-survives-its-declaration",
    "Taking a line out of a program deletes no data.",
    (CATALOG, SCHEMA, EXTERNAL_LOCATION, STORAGE_CREDENTIAL, METASTORE),
    _check,
    Severity.HIGH,
    "https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/schema#force_destroy",
    remedy=lambda context: {"forceDestroy": False},
    themes=(Theme.AVAILABILITY,),
    example=Example(SCHEMA, compliant.SCHEMA, (put("forceDestroy", value=True),), (("forceDestroy",),)),
)
