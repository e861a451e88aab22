"""Harness' refusals: https://apidocs.harness.io (Failure, Error and AccessDeniedError)."""

from __future__ import annotations

from rolecall.emulators.application import ErrorFormat, Json, Refused

_CODES = {401: "INVALID_TOKEN", 403: "NG_ACCESS_DENIED", 404: "ENTITY_NOT_FOUND", 429: "TOO_MANY_REQUESTS"}


def failure(status: int) -> Json:
    """Return the body for a status that a fault asks for."""
    return _body(_CODES.get(status, "GENERAL_ERROR"), f"the emulator was set to answer {status}")


def refused(status: int, message: str, code: str = "INVALID_REQUEST") -> Refused:
    """Refuse a request."""
    return Refused(status, _body(_CODES.get(status, code), message))


def missing(what: str) -> Refused:
    """Refuse what is not there."""
    return refused(404, f"{what} not found")


def duplicate(what: str) -> Refused:
    """Refuse what is there already."""
    return refused(400, f"{what} already exists", "DUPLICATE_FIELD")


def not_found(path: str) -> Refused:
    """Refuse a path that the service does not have."""
    return refused(404, f"HTTP 404 Not Found: {path}")


def malformed(message: str) -> Refused:
    """Refuse a body that cannot be read."""
    return refused(400, message)


def _body(code: str, message: str) -> Json:
    return {"status": "ERROR", "code": code, "message": message, "correlationId": "emulator", "responseMessages": []}


FORMAT = ErrorFormat(not_found, failure, malformed)
