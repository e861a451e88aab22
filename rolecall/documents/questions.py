"""Documents that answer questions about access."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, with_config
from typing_extensions import TypedDict  # pydantic requires it before Python 3.12

from rolecall.documents.access import ExpiryRow, ReasonRow
from rolecall.documents.document import DOCUMENT, Document

_From = TypedDict("_From", {"from": Annotated[str, Field(description="the start of the step")]})


@with_config(DOCUMENT)
class AnswerStep(_From):
    """A step of a path from a subject to a right."""

    step: str
    """the reason"""
    to: str
    """the end of the step"""
    place: str | None
    """file and line of the contract"""
    reasons: list[ReasonRow]
    """the reasons of the grant"""


class AnswerEnd(TypedDict):
    """A right, or a subject that another one acts as."""

    action: Annotated[str, Field(description="the verb or action; `act as` where the end is a subject")]
    kind: Annotated[str, Field(description="the kind of the object, or the type of the subject")]
    object: Annotated[str, Field(description="the object's or subject's name")]
    environment: Annotated[str | None, Field(description="the environment")]


@with_config(DOCUMENT)
class AnswerRow(AnswerEnd):
    """A subject that can do something, in any number of steps."""

    subject: Annotated[str, Field(description="the subject's name")]
    subject_type: Annotated[str, Field(description="group, service principal, workload, deployer or unmanaged")]
    paths: Annotated[list[list[AnswerStep]], Field(description="the paths")]
    all_paths: Annotated[bool, Field(description="whether these are all paths")]


@with_config(DOCUMENT)
class Answers(Document):
    """The result of `rolecall who-can`, `what-can`, `blast-radius` and `path`."""

    answers: list[AnswerRow]
    """the answers"""


@with_config(DOCUMENT)
class RightChange(TypedDict):
    """A change of what a subject can do."""

    subject: str
    """the subject's name"""
    subject_type: str
    """group, service principal, workload or deployer"""
    kind: str
    """the kind of the object"""
    object: str
    """the object's name"""
    environment: str | None
    """the environment"""
    before: str | None
    """the action before; null for none"""
    after: str | None
    """the action afterwards; null for none"""


@with_config(DOCUMENT)
class Refusal(TypedDict):
    """A reason for which the changed contract would be refused."""

    id: str
    """the stable id"""
    place: str | None
    """file and line of the contract"""
    what: str
    """the problem"""


@with_config(DOCUMENT)
class Effects(Document):
    """The result of `rolecall what-if`."""

    rights: list[RightChange]
    """the rights that change"""
    new_escalations: list[str]
    """the escalations that the change makes possible"""
    ended_escalations: list[str]
    """the escalations that it ends"""
    refused: list[Refusal]
    """the problems of the changed contract"""


@with_config(DOCUMENT)
class EndingRightRow(AnswerRow):
    """A right that ends with a binding."""

    expires: str
    """its last day"""
    after: str | None
    """what is left afterwards on the object"""


@with_config(DOCUMENT)
class Expiring(Document):
    """The result of `rolecall expiring`."""

    expiring: list[ExpiryRow]
    """entries by their last day"""
    rights: list[EndingRightRow]
    """the rights that end with bindings"""
