"""What auditors ask for."""

from pulumi_policy import EnforcementLevel, PolicyPack, Severity

from policies.catalogue import COMPLIANCE
from policies.context import context_of_stack
from policies.rule import policy_of

PolicyPack(
    name="rolecall-compliance",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[policy_of(rule, context_of_stack, advisory=rule.severity is Severity.LOW) for rule in COMPLIANCE],
)
