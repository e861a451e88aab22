"""The day for which bindings count."""

from __future__ import annotations

from datetime import UTC, date, datetime


def today() -> date:
    """Return today's date in UTC, so that a binding ends for everybody at once."""
    return datetime.now(UTC).date()
