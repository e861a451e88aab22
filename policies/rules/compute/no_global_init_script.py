from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import GLOBAL_INIT_SCRIPT


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.read("enabled"):
        how = "Name the script in the cluster policies of those who need it."
        yield Finding("it runs as root on every cluster of the workspace", how)


RULE = Rule(
    "no-global-init-script",
    "No script runs on every cluster of a workspace.",
    (GLOBAL_INIT_SCRIPT,),
    _check,
    Severity.HIGH,
    "https://docs.databricks.com/en/init-scripts/index.html",
    themes=(Theme.CONFIGURATION, Theme.CHANGE),
    example=Example(
        GLOBAL_INIT_SCRIPT,
        {"name": "agent", "contentBase64": "ZWNobw==", "enabled": False},
        (put("enabled", value=True),),
        (("enabled",),),
    ),
)
