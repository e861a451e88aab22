"""Written acceptances of one subject's power to act as a stronger one."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from rolecall.ids.model import Model
from rolecall.ids.name_types import Name

# An acceptance is looked at again every quarter, as exemptions from policies are.
MAX_DAYS = 90


class AcceptedEscalation(Model):
    """Allows a subject to act as a stronger one in protected environments; without it, the contract is refused."""

    of: Annotated[str, Field(min_length=1)]
    """who may act as the other: a group, or PROJECT/SERVICE_PRINCIPAL"""
    acting_as: Annotated[str, Field(min_length=1)]
    """the stronger one: PROJECT/SERVICE_PRINCIPAL, PROJECT/* for all of a project, or a group around the first one"""
    in_: list[Name] = Field(alias="in", min_length=1)
    """the environments"""
    reason: Annotated[str, Field(min_length=1)]
    """why it is wanted"""
    ticket: Annotated[str, Field(min_length=1)]
    """where it was agreed upon"""
    owner: Annotated[str, Field(min_length=1)]
    """who answers for it"""
    expires: date
    """the last day on which it is valid, at most 90 days ahead"""
