"""Documents about this machine."""

from __future__ import annotations

from pydantic import with_config
from typing_extensions import TypedDict  # pydantic requires it before Python 3.12

from rolecall.documents.document import DOCUMENT, Document


@with_config(DOCUMENT)
class DoctorRow(TypedDict):
    """A part of the installation."""

    what: str
    """the part"""
    fine: bool
    """whether it works"""
    found: str
    """what was found"""
    mend: str
    """how to repair it"""


@with_config(DOCUMENT)
class Doctor(Document):
    """The result of `rolecall doctor`."""

    findings: list[DoctorRow]
    """the parts"""


@with_config(DOCUMENT)
class Variables(Document):
    """The result of `rolecall env`."""

    variables: dict[str, str]
    """environment variables by name"""
