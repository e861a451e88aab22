"""Okta's refusals: https://developer.okta.com/docs/reference/error-codes/."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import TypeVar

from rolecall.emulators.application import Call, ErrorFormat, Json, Refused

Entry = TypeVar("Entry")

SUMMARIES = {
    400: ("E0000001", "Api validation failed: {cause}"),
    401: ("E0000011", "Invalid token provided"),
    403: ("E0000006", "You do not have permission to perform the requested action"),
    404: ("E0000007", "Not found: Resource not found: {cause}"),
    405: ("E0000022", "The endpoint does not support the provided HTTP method"),
    429: ("E0000047", "API call exceeded rate limit due to too many requests."),
    500: ("E0000009", "Internal Server Error"),
    503: ("E0000010", "Service is in read only mode"),
    504: ("E0000009", "Gateway Timeout"),
}


def _body(status: int, cause: str, causes: list[str]) -> Json:
    code, summary = SUMMARIES.get(status, SUMMARIES[500])
    return {
        "errorCode": code,
        "errorSummary": summary.format(cause=cause),
        "errorLink": code,
        "errorId": f"oae{secrets.token_urlsafe(12)}",
        "errorCauses": [{"errorSummary": one} for one in causes],
    }


def failure(status: int) -> Json:
    """Return the body for a status that a fault asks for."""
    return _body(status, "the emulator was set to", [])


def invalid(field: str, cause: str) -> Refused:
    """Refuse a value; duplicates too."""
    return Refused(400, _body(400, field, [f"{field}: {cause}"]))


def refused(status: int, code: str, summary: str, *causes: str) -> Refused:
    """Refuse with one of Okta's other codes."""
    body = {**_body(status, "", list(causes)), "errorCode": code, "errorLink": code, "errorSummary": summary}
    return Refused(status, body)


def search_refused(name: str, text: str) -> Refused:
    """Refuse a `search` or `filter` that cannot be read."""
    return refused(400, "E0000031", f"Invalid search criteria: {name}={text}.")


def denied() -> Refused:
    """Refuse a caller who is known."""
    return Refused(403, _body(403, "", []))


def unauthenticated() -> Refused:
    """Refuse a caller who is not known."""
    return Refused(401, _body(401, "", []))


def missing(identity: str, kind: str) -> Refused:
    """Refuse what is not there."""
    return Refused(404, _body(404, f"{identity} ({kind})", []))


def entry(table: Mapping[str, Entry], call: Call, kind: str, parameter: str = "id") -> Entry:
    """Return the entry of a table that a path names, or refuse a missing one.

    Args:
        table: objects by id.
        call: the request.
        kind: their kind, as errors name it.
        parameter: the part of the path with the id.
    """
    found = table.get(call.parameters[parameter])
    if found is None:
        raise missing(call.parameters[parameter], kind)
    return found


def not_found(path: str) -> Refused:
    """Refuse a path that the service does not have."""
    return Refused(404, _body(404, f"{path} (path)", []))


def malformed(message: str) -> Refused:
    """Refuse a body that cannot be read."""
    body = _body(400, "", [message])
    return Refused(400, {**body, "errorCode": "E0000003", "errorSummary": "The request body was not well-formed."})


def oauth(status: int, code: str, description: str) -> Refused:
    """Refuse in OAuth's form (RFC 6749, section 5.2)."""
    return Refused(status, {"error": code, "error_description": description})


FORMAT = ErrorFormat(not_found, failure, malformed)
