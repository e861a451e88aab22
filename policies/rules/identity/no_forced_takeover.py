from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.checks import is_on, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.types import GROUP, SERVICE_PRINCIPAL, USER

RULE = Rule(
    "no-forced-takeover",
    "Nothing that exists already is taken over by force.",
    Severity.HIGH,
    "https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/group#force",
    (Theme.LIFECYCLE,),
    (GROUP, SERVICE_PRINCIPAL, USER),
    refuse(
        is_on("force"),
        "`force` takes over any existing object of its name, with all of its access",
        "Leave `force` out, and import the existing one if it is meant: `pulumi import`.",
    ),
    Example(SERVICE_PRINCIPAL, {"displayName": "trainer"}, (put("force", True),), ("force",)),
)
