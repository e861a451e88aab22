from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.checks import is_set, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import EVERY_TYPE, Rule
from rolecall.policies.types import NOTEBOOK

RULE = Rule(
    "resource-stays-in-its-workspace",
    "A resource is written to the workspace of its provider.",
    Severity.CRITICAL,
    "https://registry.terraform.io/providers/databricks/databricks/latest/docs#authentication",
    (Theme.ENVIRONMENTS,),
    EVERY_TYPE,
    refuse(
        is_set("providerConfig"),
        "providerConfig places it in another workspace than its provider's",
        "Remove it, and use a provider with the address of that workspace.",
    ),
    Example(NOTEBOOK, compliant.NOTEBOOK, (put("providerConfig", {"workspaceId": "1"}),), ()),
)
