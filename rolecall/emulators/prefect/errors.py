"""Prefect's refusals: a `detail`, as FastAPI answers them."""

from __future__ import annotations

from rolecall.emulators.application import ErrorFormat, Json, Refused


def failure(status: int) -> Json:
    """Return the body for a status that a fault asks for."""
    return {"detail": f"the emulator was set to answer {status}"}


def refused(status: int, detail: str) -> Refused:
    """Refuse a request."""
    return Refused(status, {"detail": detail})


def missing(what: str) -> Refused:
    """Refuse what is not there."""
    return refused(404, f"{what} not found")


def not_found(path: str) -> Refused:
    """Refuse a path that the service does not have."""
    return refused(404, "Not Found")


def malformed(message: str) -> Refused:
    """Refuse a body that cannot be read."""
    return refused(422, message)


FORMAT = ErrorFormat(not_found, failure, malformed)
