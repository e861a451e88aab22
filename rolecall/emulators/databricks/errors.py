"""Databricks' refusals: an error code and a message. https://docs.databricks.com/api/workspace/introduction"""

from __future__ import annotations

from rolecall.emulators.application import ErrorFormat, Json, Refused

CODES = {
    400: "INVALID_PARAMETER_VALUE",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "RESOURCE_DOES_NOT_EXIST",
    409: "RESOURCE_ALREADY_EXISTS",
    429: "REQUEST_LIMIT_EXCEEDED",
    500: "INTERNAL_ERROR",
    503: "TEMPORARILY_UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
SCIM_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


def failure(status: int) -> Json:
    """Return the body for a status that a fault asks for."""
    return {"error_code": CODES.get(status, "INTERNAL_ERROR"), "message": f"The emulator was set to answer {status}."}


def invalid(message: str) -> Refused:
    """Refuse a parameter."""
    return Refused(400, {"error_code": "INVALID_PARAMETER_VALUE", "message": message})


def denied(message: str) -> Refused:
    """Refuse a caller who is known."""
    return Refused(403, {"error_code": "PERMISSION_DENIED", "message": message})


def unauthenticated(message: str) -> Refused:
    """Refuse a caller who is not known."""
    return Refused(401, {"error_code": "UNAUTHENTICATED", "message": message})


def missing(message: str) -> Refused:
    """Refuse what is not there."""
    return Refused(404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": message})


def exists(message: str) -> Refused:
    """Refuse what is there already."""
    return Refused(409, {"error_code": "RESOURCE_ALREADY_EXISTS", "message": message})


def not_found(path: str) -> Refused:
    """Refuse a path that the service does not have."""
    return Refused(404, {"error_code": "ENDPOINT_NOT_FOUND", "message": f"No API found for '{path}'"})


def malformed(message: str) -> Refused:
    """Refuse a body that cannot be read."""
    return Refused(400, {"error_code": "MALFORMED_REQUEST", "message": message})


def scim(status: int, detail: str) -> Refused:
    """Refuse in SCIM's form (RFC 7644, section 3.12); Databricks leaves scimType out."""
    return Refused(status, {"schemas": [SCIM_ERROR], "detail": detail, "status": str(status)})


FORMAT = ErrorFormat(not_found, failure, malformed)
