"""Requests to Conductor; its lists come whole."""

from __future__ import annotations

from typing import Any

from pyrate_limiter import Duration, Rate

from rolecall.errors import AnswerLost, ObjectMissing
from rolecall.systems.conductor.signing_in import SIGN_IN
from rolecall.systems.connections import Connection
from rolecall.systems.requests import Answer, Json, Request, Requests

# Orkes names no limit of its metadata API; a cluster's default for all of it is far above this.
PACE = Rate(50, Duration.SECOND)


def _pace(request: Request) -> tuple[str, Rate]:
    return "all", PACE


def _error_of(body: Any) -> tuple[str, str]:
    if isinstance(body, dict):
        return str(body.get("status") or ""), str(body.get("message") or "no reason given")
    return "", "no reason given"


def _connect() -> Requests:
    from rolecall.systems.conductor.transport import ConductorTransport

    return Requests("Conductor", ConductorTransport(), pace=_pace, error_of=_error_of, how_to_sign_in=SIGN_IN)


conductor = Connection(_connect)


def one(path: str, **query: str | int) -> Any:
    """Return an object, or None where it is gone."""
    try:
        return conductor().get(path, **query)
    except ObjectMissing:
        return None


def every(path: str) -> list[Json]:
    """Return a list.

    Raises:
        BrokenList: it is none, or names something twice.
    """
    found = conductor().get(path)
    if not isinstance(found, list):
        raise conductor().broken(f"{path} is no list")
    return found


def repeatedly(request: Request) -> Answer:
    """Send a write that comes to the same when it is sent twice, again where its answer is lost: all of Conductor's do.

    Raises:
        AnswerLost: the answer was lost again.
    """
    try:
        return conductor().send(request)
    except AnswerLost:
        return conductor().send(request)
