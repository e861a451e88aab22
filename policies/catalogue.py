"""Which rules each pack holds."""

from __future__ import annotations

from policies import compute, data, federation, identities, jobs, permissions
from policies.rule import Rule

GUARDRAILS: tuple[Rule, ...] = (
    *compute.RULES,
    *jobs.RULES,
    *permissions.RULES,
    *identities.RULES,
    *federation.RULES,
    *data.RULES,
)
