from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import HARNESS_RESOURCE_GROUP


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    for selection in resource.properties.items("resources"):
        if selection.read("type") != "PIPELINE" or not selection.read("identifiers"):
            how = "Write type: PIPELINE, and name the pipelines in `identifiers`."
            yield Finding(f"{selection.path} contains more than named pipelines", how)


RULE = Rule(
    "resource-group-names-pipelines",
    "A resource group in Harness contains named pipelines, never everything.",
    Severity.CRITICAL,
    "https://developer.harness.io/docs/platform/role-based-access-control/add-resource-groups",
    (Theme.LEAST_PRIVILEGE,),
    (HARNESS_RESOURCE_GROUP,),
    _check,
    Example(
        HARNESS_RESOURCE_GROUP,
        {
            "identifier": "churn",
            "managedBy": "rolecall:acme",
            "resources": [{"type": "PIPELINE", "identifiers": ["prod_churn_train"]}],
        },
        (put("resources.0.type", "SECRET"), put("resources.0.identifiers", [])),
        ("resources", "resources.0", "resources.0.identifiers"),
    ),
)
