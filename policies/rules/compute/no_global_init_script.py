from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.checks import is_on, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.types import GLOBAL_INIT_SCRIPT

RULE = Rule(
    "no-global-init-script",
    "No script runs on every cluster of a workspace.",
    Severity.HIGH,
    "https://docs.databricks.com/en/init-scripts/index.html",
    (Theme.CONFIGURATION, Theme.CHANGE),
    (GLOBAL_INIT_SCRIPT,),
    refuse(
        is_on("enabled"),
        "it runs as root on every cluster of the workspace",
        "Name the script in the cluster policies of those who need it.",
    ),
    Example(
        GLOBAL_INIT_SCRIPT,
        {"name": "agent", "contentBase64": "ZWNobw==", "enabled": False},
        (put("enabled", True),),
        ("enabled",),
    ),
)
