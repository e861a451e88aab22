"""Former ids of rules: exemptions and configurations that name one keep their effect, with a warning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache


@cache
def current_ids() -> Mapping[str, str]:
    """Return the current id by the former one."""
    # The rules import exemptions, which import this.
    from rolecall.policies.catalogue import RULES

    return {former: rule.id for rule in RULES for former in rule.former_ids}


def current(rule: str) -> str:
    """Return the current id of a rule."""
    return current_ids().get(rule, rule)


def ids_of(rule: str) -> Iterator[str]:
    """Yield a rule's current id, then its former ones."""
    yield rule
    yield from (former for former, now in current_ids().items() if now == rule)
