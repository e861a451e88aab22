"""Which rules each pack holds."""

from __future__ import annotations

from collections.abc import Mapping

from policies import (
    accounts,
    clusters,
    compute,
    costs,
    credentials,
    data,
    federation,
    identities,
    jobs,
    network,
    orchestrators,
    permissions,
    securables,
    serving,
    settings,
)
from policies.rule import Rule

# What is always wrong.
GUARDRAILS: tuple[Rule, ...] = (
    *compute.RULES,
    *clusters.RULES,
    *jobs.RULES,
    *permissions.RULES,
    *identities.RULES,
    *accounts.RULES,
    *federation.RULES,
    *credentials.RULES,
    *data.RULES,
    *securables.RULES,
    *settings.RULES,
    *network.RULES,
    *orchestrators.RULES,
)
# What auditors ask for.
COMPLIANCE: tuple[Rule, ...] = (
    *clusters.COMPLIANCE_RULES,
    *jobs.COMPLIANCE_RULES,
    *federation.COMPLIANCE_RULES,
    *credentials.COMPLIANCE_RULES,
    *securables.COMPLIANCE_RULES,
    *settings.COMPLIANCE_RULES,
    *network.COMPLIANCE_RULES,
    *serving.COMPLIANCE_RULES,
)
# What costs more than was meant.
COST: tuple[Rule, ...] = costs.COST_RULES

PACKS: Mapping[str, tuple[Rule, ...]] = {"guardrails": GUARDRAILS, "compliance": COMPLIANCE, "cost": COST}
RULES: tuple[Rule, ...] = tuple(rule for rules in PACKS.values() for rule in rules)
