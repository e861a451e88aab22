from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CONDUCTOR_APPLICATION


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    roles = resource.properties.read("roles") or []
    extra = sorted(str(role) for role in roles if role != "WORKER")
    if extra:
        how = "Leave it WORKER, and give it what it needs on the definitions that it works on."
        yield Finding(f"the application may do more than take up tasks: {', '.join(extra)}", how)


RULE = Rule(
    "workers-only-work",
    "What workers act as may take up tasks, and nothing else.",
    Severity.HIGH,
    "https://orkes.io/content/access-control-and-security/applications",
    (Theme.LEAST_PRIVILEGE,),
    (CONDUCTOR_APPLICATION,),
    _check,
    Example(
        CONDUCTOR_APPLICATION,
        {"name": "prod-churn-trainer", "managedBy": "rolecall:acme", "roles": ["WORKER"]},
        (put("roles", ["WORKER", "ADMIN"]),),
        ("roles",),
    ),
)
