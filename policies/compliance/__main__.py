"""What auditors ask for."""

from pulumi_policy import EnforcementLevel, PolicyPack, Severity

from rolecall.policies.catalogue import COMPLIANCE, RULES
from rolecall.policies.context import context_of_stack
from rolecall.policies.pack import policies_of

PolicyPack(
    name="rolecall-compliance",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=policies_of(COMPLIANCE, RULES, context_of_stack, advisory=lambda rule: rule.severity is Severity.LOW),
)
