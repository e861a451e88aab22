"""How long a host may take before it counts as one that does not answer: one setting for everything that waits."""

from __future__ import annotations

import os

from rolecall.errors import UsageError

VARIABLE = "ROLECALL_HOST_TIMEOUT"
DEFAULT_SECONDS = 60.0


def host_timeout() -> float:
    """Return the seconds after which a host that does not answer is given up (ROLECALL_HOST_TIMEOUT).

    Raises:
        UsageError: the variable is no positive number.
    """
    text = os.environ.get(VARIABLE) or str(DEFAULT_SECONDS)
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise UsageError(f"{VARIABLE} is {text!r}", "Write a number of seconds above 0, say 60.")
    return seconds
