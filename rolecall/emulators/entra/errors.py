"""Microsoft Graph's refusals: https://learn.microsoft.com/graph/errors."""

from __future__ import annotations

import uuid

from rolecall.emulators.application import ErrorFormat, Json, Refused

CODES = {
    400: "Request_BadRequest",
    401: "InvalidAuthenticationToken",
    403: "Authorization_RequestDenied",
    404: "Request_ResourceNotFound",
    409: "Request_MultipleObjectsWithSameKeyValue",
    429: "TooManyRequests",
    503: "ServiceUnavailable",
    504: "GatewayTimeout",
}


def _body(status: int, message: str) -> Json:
    inner = {"request-id": str(uuid.uuid4()), "client-request-id": str(uuid.uuid4())}
    return {"error": {"code": CODES.get(status, "generalException"), "message": message, "innerError": inner}}


def failure(status: int) -> Json:
    """Return the body for a status that a fault asks for."""
    return _body(status, f"The emulator was set to answer {status}.")


def invalid(message: str) -> Refused:
    """Refuse a value."""
    return Refused(400, _body(400, message))


def bad_query(message: str) -> Refused:
    """Refuse a query option that cannot be read."""
    return _coded(400, "BadRequest", message)


def unsupported(message: str) -> Refused:
    """Refuse a query that the directory does not answer."""
    return _coded(400, "Request_UnsupportedQuery", message)


def _coded(status: int, code: str, message: str) -> Refused:
    body = _body(status, message)
    return Refused(status, {"error": {**body["error"], "code": code}})


def denied() -> Refused:
    """Refuse a caller who is known."""
    return Refused(403, _body(403, "Insufficient privileges to complete the operation."))


def unauthenticated(message: str) -> Refused:
    """Refuse a caller who is not known."""
    return Refused(401, _body(401, message))


def missing(identity: str) -> Refused:
    """Refuse what is not there."""
    message = f"Resource '{identity}' does not exist or one of its queried reference-property objects are not present."
    return Refused(404, _body(404, message))


def conflict(message: str) -> Refused:
    """Refuse what is there already."""
    return Refused(409, _body(409, message))


def not_found(path: str) -> Refused:
    """Refuse a path that the service does not have."""
    return Refused(404, _body(404, f"Resource not found for the segment '{path}'."))


def malformed(message: str) -> Refused:
    """Refuse a body that cannot be read."""
    return Refused(400, _body(400, f"Unable to read JSON request payload. {message}"))


def oauth(status: int, code: str, description: str) -> Refused:
    """Refuse in the token service's form."""
    body = {"error": code, "error_description": description, "trace_id": str(uuid.uuid4()), "error_codes": []}
    return Refused(status, body)


FORMAT = ErrorFormat(not_found, failure, malformed)
