"""The rate limit that providers of stacks share which run side by side."""

from __future__ import annotations

from collections.abc import Mapping

# Requests a second that the provider allows itself.
# https://registry.terraform.io/providers/databricks/databricks/latest/docs#rate_limit
VARIABLE, DEFAULT = "DATABRICKS_RATE_LIMIT", 15


def shared_rate_limit(environment: Mapping[str, str], stacks: int) -> dict[str, str]:
    """Return the variable with the share of each of some stacks, rounded up."""
    limit = int(environment.get(VARIABLE) or DEFAULT)
    return {VARIABLE: str(-(-limit // stacks))}
