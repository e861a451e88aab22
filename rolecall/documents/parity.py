"""The document of a comparison with live access."""

from __future__ import annotations

from typing import Any

from pydantic import with_config
from typing_extensions import TypedDict  # pydantic requires it before Python 3.12

from rolecall.documents.access import ExpiryRow
from rolecall.documents.document import DOCUMENT, Document


@with_config(DOCUMENT)
class SystemRow(TypedDict):
    """How reading a system went."""

    name: str
    """the system"""
    objects: int
    """objects of the contract"""
    grants: int
    """grants of the contract"""
    unmanaged: int
    """objects that the contract does not have"""
    calls: int
    """requests"""
    seconds: float
    """the duration"""
    failure: str | None
    """why it could not be read"""
    groups: int
    """groups of the contract"""
    memberships: int
    """memberships"""


@with_config(DOCUMENT)
class FindingRow(TypedDict):
    """A difference between the contract and a system."""

    system: str
    """the system"""
    finding: str
    """missing, extra, different, unknown or unmanaged"""
    environment: str | None
    """the environment"""
    kind: str | None
    """the kind of the object"""
    object: str | None
    """the object's name"""
    group: str | None
    """the group whose members differ"""
    resource: str | None
    """the declared resource, or the unmanaged thing"""
    property: str | None
    """the path of the property that differs"""
    subject: str | None
    """the subject"""
    contract: str | None
    """what the contract grants"""
    live: str | None
    """the live side"""
    repair: str | None
    """the command that repairs it, or who can"""
    place: str | None
    """file and line of the contract"""


@with_config(DOCUMENT)
class UnmanagedRow(TypedDict):
    """Something live that the contract does not name and that reaches nothing of it."""

    system: str
    """the system"""
    what: str
    """the thing"""


@with_config(DOCUMENT)
class Parity(Document):
    """The result of `rolecall parity`."""

    equal: bool
    """whether there is no finding and every system was read"""
    systems: list[SystemRow]
    """the systems"""
    matrix: list[dict[str, Any]] | None
    """each group: its name, and text and state by system"""
    jobs: list[dict[str, Any]] | None
    """each job with counterparts and each service: its name as `job`, and text and state by system"""
    findings: list[FindingRow]
    """the differences"""
    resources: int
    """the number of declared resources that were compared property by property"""
    read: list[str]
    """ways of granting access that were read"""
    not_read: list[str]
    """ways of granting access that were not read, with the reason"""
    others: list[UnmanagedRow]
    """unmanaged things that give no access to the contract's objects"""
    expiring: list[ExpiryRow]
    """entries of the contract that expire soon"""
