"""The pack of rules that always hold."""

from pulumi_policy import EnforcementLevel, PolicyPack

from rolecall.policies.catalogue import GUARDRAILS, RULES, STACK_RULES
from rolecall.policies.context import context_of_stack
from rolecall.policies.pack import policies_of

PolicyPack(
    name="rolecall-guardrails",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=policies_of(GUARDRAILS, RULES, context_of_stack, stack_rules=STACK_RULES),
)
