"""The document about a problem."""

from __future__ import annotations

from pydantic import with_config
from typing_extensions import TypedDict  # pydantic requires it before Python 3.12

from rolecall.documents.document import DOCUMENT, Document
from rolecall.documents.policies import ExplainedRule


@with_config(DOCUMENT)
class ProblemPageRow(TypedDict):
    """The page of a problem."""

    id: str
    """the stable id"""
    cause: str
    """what causes it"""
    fix: str
    """how to fix it"""
    example: str
    """a part of a contract that is right; empty where none helps"""


@with_config(DOCUMENT)
class ExplainedProblem(Document):
    """The result of `rolecall explain` for a problem."""

    problem: ProblemPageRow
    """the problem"""


Explained = ExplainedProblem | ExplainedRule
