from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import EVERY_TYPE, Finding, Resource, Rule
from rolecall.policies.types import NOTEBOOK


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.is_set("providerConfig"):
        how = "Remove it, and use a provider with the address of that workspace."
        yield Finding("providerConfig takes it to another workspace than its provider's", how)


RULE = Rule(
    "resource-stays-in-its-workspace",
    "A resource is written to the workspace of its provider.",
    EVERY_TYPE,
    _check,
    Severity.CRITICAL,
    "https://registry.terraform.io/providers/databricks/databricks/latest/docs#authentication",
    themes=(Theme.ENVIRONMENTS,),
    example=Example(NOTEBOOK, compliant.NOTEBOOK, (put("providerConfig", value={"workspaceId": "1"}),), ()),
)
