from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.checks import is_on, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.types import CATALOG, EXTERNAL_LOCATION, METASTORE, SCHEMA, STORAGE_CREDENTIAL

RULE = Rule(
    "data-survives-its-declaration",
    "Taking a line out of a program deletes no data.",
    Severity.HIGH,
    "https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/schema#force_destroy",
    (Theme.AVAILABILITY,),
    (CATALOG, SCHEMA, EXTERNAL_LOCATION, STORAGE_CREDENTIAL, METASTORE),
    refuse(
        is_on("forceDestroy"),
        "taking it out of the program would delete all data in it",
        "Leave forceDestroy out; empty it on purpose before you take it away.",
    ),
    Example(SCHEMA, compliant.SCHEMA, (put("forceDestroy", True),), ("forceDestroy",)),
    remedy=lambda context: {"forceDestroy": False},
)
