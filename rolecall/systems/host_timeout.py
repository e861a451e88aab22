"""How long a host may take before it counts as one that does not answer: one setting for everything that waits."""

from __future__ import annotations

from rolecall import settings


def host_timeout() -> float:
    """Return the seconds after which a host that does not answer is given up (ROLECALL_HOST_TIMEOUT).

    Raises:
        UsageError: the variable is no positive number.
    """
    return settings.HOST_TIMEOUT.read()
