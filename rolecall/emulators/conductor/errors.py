"""Conductor's refusals: https://github.com/conductor-oss/conductor (ErrorResponse of its REST module)."""

from __future__ import annotations

from rolecall.emulators.application import ErrorFormat, Json, Refused


def failure(status: int) -> Json:
    """Return the body for a status that a fault asks for."""
    return _body(status, "the emulator was set to")


def refused(status: int, message: str) -> Refused:
    """Refuse a request."""
    return Refused(status, _body(status, message))


def missing(what: str) -> Refused:
    """Refuse what is not there."""
    return refused(404, f"{what} not found")


def not_found(path: str) -> Refused:
    """Refuse a path that the service does not have."""
    return refused(404, f"No static resource {path}.")


def malformed(message: str) -> Refused:
    """Refuse a body that cannot be read."""
    return refused(400, message)


def _body(status: int, message: str) -> Json:
    return {"status": status, "message": message, "instance": "emulator", "retryable": status in (429, 500, 503)}


FORMAT = ErrorFormat(not_found, failure, malformed)
