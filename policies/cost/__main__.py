"""What costs more than was meant."""

from pulumi_policy import EnforcementLevel, PolicyPack, Severity

from policies.catalogue import COST
from policies.context import context_of_stack
from policies.rule import policy_of

PolicyPack(
    name="rolecall-cost",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[policy_of(rule, context_of_stack, advisory=rule.severity is Severity.LOW) for rule in COST],
)
