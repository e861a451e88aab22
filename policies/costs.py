"""Shared by rules on cost: parameters, idle time and its remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rolecall.policies.context import Context
from rolecall.policies.organization import MAX_IDLE_MINUTES, MAX_WORKERS
from rolecall.policies.parameters import limit_parameter
from rolecall.policies.rule import Finding

IDLE = limit_parameter("max_idle_minutes", MAX_IDLE_MINUTES)
WORKERS = limit_parameter("max_workers", MAX_WORKERS)


def idle_end(minutes: int | None, limit: int, otherwise: str) -> Iterator[Finding]:
    """Yield a finding for compute that does not end in time.

    Args:
        minutes: idle minutes after which it ends; None where nothing sets them.
        limit: the most that is allowed.
        otherwise: the finding where nothing sets them.
    """
    how = f"Allowed: 1 to {limit} minutes."
    if minutes is None:
        yield Finding(otherwise, how)
    elif not 0 < minutes <= limit:
        yield Finding("it never ends by itself" if minutes == 0 else f"it ends after {minutes} idle minutes", how)


def set_idle(name: str) -> Callable[[Context], Mapping[str, Any]]:
    """Return a remedy that sets the idle minutes to the maximum."""
    return lambda context: {name: context.max_idle_minutes}
