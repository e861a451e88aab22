"""The pack of rules that always hold."""

from pulumi_policy import EnforcementLevel, PolicyPack

from policies.catalogue import GUARDRAILS
from policies.context import context_of_stack
from policies.rule import policy_of

PolicyPack(
    name="rolecall-guardrails",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[policy_of(rule, context_of_stack) for rule in GUARDRAILS],
)
