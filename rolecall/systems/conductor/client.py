"""Requests to Conductor; its lists come whole."""

from __future__ import annotations

from pyrate_limiter import Duration, Rate

from rolecall.plugins import Lazy
from rolecall.systems.client import Client, error_in, one_limit
from rolecall.systems.conductor.signing_in import SIGN_IN
from rolecall.systems.requests import Json

# Orkes names no limit of its metadata API; a cluster's default for all of it is far above this.
PACE = Rate(50, Duration.SECOND)


conductor = Client(
    "Conductor",
    Lazy("rolecall.systems.conductor.transport", "ConductorTransport"),
    pace=one_limit(PACE),
    error_of=error_in("status", "message"),
    sign_in=SIGN_IN,
)
one, repeatedly = conductor.one, conductor.repeatedly


def every(path: str) -> list[Json]:
    """Return a list.

    Raises:
        BrokenList: it is none, or names something twice.
    """
    return conductor.list_in(conductor().get(path), path)
