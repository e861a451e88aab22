from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.checks import items, not_one_of, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.types import PREFECT_AUTOMATION

RULE = Rule(
    "automation-starts-nothing",
    "No event in Prefect starts a run with the permissions of the automation's owner.",
    Severity.HIGH,
    "https://docs.prefect.io/v3/concepts/automations",
    (Theme.LEAST_PRIVILEGE,),
    (PREFECT_AUTOMATION,),
    refuse(
        not_one_of("type", "change-flow-run-state", "send-notification", "do-nothing"),
        "{part} allows an event to {value}, with the permissions of the automation's owner",
        "Allowed: change-flow-run-state and send-notification. Give the job a schedule in the contract.",
        items("actions"),
    ),
    Example(
        PREFECT_AUTOMATION,
        {
            "name": "crashed",
            "managedBy": "rolecall:acme",
            "trigger": {"type": "event"},
            "actions": [{"type": "change-flow-run-state", "state": "CRASHED"}],
        },
        (put("actions.0.type", "run-deployment"),),
        ("actions", "actions.0", "actions.0.type"),
    ),
)
