"""Lengths of time that options name."""

from __future__ import annotations

import re
from datetime import timedelta

from rolecall.errors import UsageError

UNITS = {"m": 60, "h": 3_600, "d": 86_400}


def duration_of(text: str, option: str) -> timedelta:
    """Return the length of time that an option names: 45m, 24h or 7d.

    Raises:
        UsageError: it is none.
    """
    found = re.fullmatch(r"(\d{1,5})([mhd])", text.strip())
    if found is None or not int(found[1]):
        raise UsageError(f"{option} is {text!r}", "Write minutes, hours or days, say 45m, 24h or 7d.")
    return timedelta(seconds=int(found[1]) * UNITS[found[2]])
