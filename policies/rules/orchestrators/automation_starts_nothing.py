from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import PREFECT_AUTOMATION


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    for action in resource.properties.items("actions"):
        kind = str(action.read("type") or "")
        if kind not in ("change-flow-run-state", "send-notification", "do-nothing"):
            how = "Allowed: change-flow-run-state and send-notification. Give the job a schedule in the contract."
            yield Finding(
                f"{action.path} allows an event to {kind}, with the permissions of the automation's owner", how
            )


RULE = Rule(
    "automation-starts-nothing",
    "No event in Prefect starts a run with the permissions of the automation's owner.",
    (PREFECT_AUTOMATION,),
    _check,
    Severity.HIGH,
    "https://docs.prefect.io/v3/concepts/automations",
    themes=(Theme.LEAST_PRIVILEGE,),
    example=Example(
        PREFECT_AUTOMATION,
        {
            "name": "crashed",
            "managedBy": "rolecall:acme",
            "trigger": {"type": "event"},
            "actions": [{"type": "change-flow-run-state", "state": "CRASHED"}],
        },
        (put("actions", 0, "type", value="run-deployment"),),
        (("actions",), ("actions", 0), ("actions", 0, "type")),
    ),
)
