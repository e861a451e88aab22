"""Which rules each pack holds."""

from __future__ import annotations

from collections.abc import Mapping

from rolecall.policies import (
    account_power,
    accounts,
    clusters,
    code,
    compute,
    connections,
    costs,
    credentials,
    data,
    federation,
    identities,
    identity_groups,
    jobs,
    network,
    orchestrators,
    permissions,
    persons,
    production,
    production_data,
    securables,
    serving,
    settings,
    written_secrets,
)
from rolecall.policies.known_types import type_is_known
from rolecall.policies.rule import EVERY_TYPE, Rule
from rolecall.policies.stack_rules import STACK_RULES, StackRule

# Rules of the guardrails that are about certain types.
_GUARDRAILS: tuple[Rule, ...] = (
    *compute.RULES,
    *clusters.RULES,
    *jobs.RULES,
    *permissions.RULES,
    *production.RULES,
    *production_data.RULES,
    *connections.RULES,
    *identities.RULES,
    *accounts.RULES,
    *identity_groups.RULES,
    *federation.RULES,
    *credentials.RULES,
    *data.RULES,
    *securables.RULES,
    *settings.RULES,
    *network.RULES,
    *orchestrators.RULES,
    *code.RULES,
    *persons.RULES,
    *written_secrets.RULES,
    *account_power.RULES,
)
# The types that they judge; rules about every type make none known.
JUDGED = frozenset(kind for rule in _GUARDRAILS if rule.types != EVERY_TYPE for kind in rule.types)
# What is always wrong.
GUARDRAILS: tuple[Rule, ...] = (*_GUARDRAILS, type_is_known(JUDGED))
# What auditors ask for.
COMPLIANCE: tuple[Rule, ...] = (
    *clusters.COMPLIANCE_RULES,
    *jobs.COMPLIANCE_RULES,
    *federation.COMPLIANCE_RULES,
    *securables.COMPLIANCE_RULES,
    *settings.COMPLIANCE_RULES,
    *serving.COMPLIANCE_RULES,
)
# What costs more than was meant.
COST: tuple[Rule, ...] = costs.COST_RULES

PACKS: Mapping[str, tuple[Rule, ...]] = {"guardrails": GUARDRAILS, "compliance": COMPLIANCE, "cost": COST}
# Rules on stacks as a whole, by pack.
ON_STACKS: Mapping[str, tuple[StackRule, ...]] = {"guardrails": STACK_RULES}
RULES: tuple[Rule, ...] = tuple(rule for rules in PACKS.values() for rule in rules)


def rules_of(pack: str) -> list[Rule | StackRule]:
    """Return a pack's rules on resources and on stacks."""
    return [*PACKS[pack], *ON_STACKS.get(pack, ())]
