"""What auditors ask for."""

from pulumi_policy import EnforcementLevel, PolicyPack, Severity

from policies.catalogue import COMPLIANCE, RULES
from policies.context import context_of_stack
from policies.pack import policies_of

PolicyPack(
    name="rolecall-compliance",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=policies_of(COMPLIANCE, RULES, context_of_stack, advisory=lambda rule: rule.severity is Severity.LOW),
)
