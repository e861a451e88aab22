"""Former ids of rules: exemptions and configurations that name one keep their effect, with a warning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

# The current id by the former one.
CURRENT: Mapping[str, str] = {
    "credentials-end": "credentials-expire",
    "few-runs-at-once": "runs-are-limited",
    "job-ends": "job-has-timeout",
    "owner-stays": "exactly-one-owner",
    "personal-tokens-end": "personal-tokens-expire",
    "pool-lets-machines-go": "pool-releases-idle-machines",
    "production-failures-are-told": "production-jobs-notify-on-failure",
    "retries-end": "retries-are-limited",
    "sharing-tokens-end": "sharing-tokens-expire",
}


def current(rule: str) -> str:
    """Return the current id of a rule."""
    return CURRENT.get(rule, rule)


def ids_of(rule: str) -> Iterator[str]:
    """Yield a rule's current id, then its former ones."""
    yield rule
    yield from (former for former, now in CURRENT.items() if now == rule)
