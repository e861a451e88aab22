"""Documents about the validity of a contract."""

from __future__ import annotations

from typing import Literal, NotRequired

from pydantic import with_config
from typing_extensions import TypedDict  # pydantic requires it before Python 3.12

from rolecall.documents.access import ExpiryRow
from rolecall.documents.document import DOCUMENT, Document


@with_config(DOCUMENT)
class ProblemRow(TypedDict):
    """A problem of a contract."""

    id: str
    """the stable id"""
    file: str | None
    """the file"""
    line: int | None
    """the line, from 1"""
    column: int | None
    """the first character of what the problem is about, from 1"""
    length: int | None
    """the number of its characters"""
    source: str | None
    """the line's text; null where it may hold a secret"""
    what: str
    """the problem"""
    allowed: str
    """what is allowed, or how to go on"""


@with_config(DOCUMENT)
class InvalidResult(Document):
    """The result of `rolecall check` for a contract with problems."""

    valid: Literal[False]
    """false"""
    problems: list[ProblemRow]
    """all problems"""


@with_config(DOCUMENT)
class ReachRow(TypedDict):
    """What a change of a file can affect."""

    file: str
    """the file"""
    sort: str
    """platform, project, sections or nothing"""
    projects: list[str]
    """the projects"""
    sections: list[str]
    """the sections of the contract"""
    stacks: list[str]
    """the stacks"""
    said: str
    """the line of the contract that includes the file"""


@with_config(DOCUMENT)
class ValidResult(Document):
    """The result of `rolecall check` for a valid contract."""

    valid: Literal[True]
    """true"""
    files: list[str]
    """the files that were read"""
    counts: dict[str, int]
    """the number of environments, projects, groups, grants, and objects by section"""
    expired: list[str]
    """bindings that have expired"""
    expiring: list[ExpiryRow]
    """entries that expire within 30 days"""
    unset: list[str]
    """environment variables that were replaced by placeholders"""
    bundles: list[str]
    """warnings about bundles"""
    not_isolated: list[str]
    """clusters in which nothing of the contract closes Longhorn"""
    changed: NotRequired[list[ReachRow]]
    """with --changed: what each file can affect"""


CheckResult = ValidResult | InvalidResult
