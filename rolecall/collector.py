"""The garbage collector of commands and tests."""

from __future__ import annotations

import gc

# Objects of a command stay to its end; looking through them for cycles took a third of the time of a large one, and a
# tenth of that of the unit tests.
_THRESHOLDS = (50_000, 20, 50)


def collect_rarely() -> None:
    """Let the collector of this process look for cycles less often."""
    gc.set_threshold(*_THRESHOLDS)
