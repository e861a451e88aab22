"""Documents about policy rules."""

from __future__ import annotations

from typing import Any

from pydantic import with_config
from typing_extensions import TypedDict  # pydantic requires it before Python 3.12

from rolecall.documents.document import DOCUMENT, Document


@with_config(DOCUMENT)
class RuleRow(TypedDict):
    """A rule."""

    id: str
    """the id"""
    pack: str
    """the pack"""
    description: str
    """the rule in a sentence"""
    severity: str
    """critical, high, medium or low"""
    level: str
    """the enforcement level by default"""
    types: list[str]
    """the resource types that it judges"""
    parameters: dict[str, Any]
    """JSON Schemas of its parameters"""
    needs_contract: bool
    """whether it reads the contract"""
    can_remediate: bool
    """whether the level `remediate` corrects the property"""
    controls: dict[str, list[str]]
    """controls by framework"""
    source: str
    """the vendor's document"""


@with_config(DOCUMENT)
class Rules(Document):
    """The result of `rolecall policy list`."""

    rules: list[RuleRow]
    """the rules"""


@with_config(DOCUMENT)
class ExplainedRule(Document):
    """The result of `rolecall policy explain`."""

    rule: RuleRow
    """the rule"""


@with_config(DOCUMENT)
class ViolationRow(TypedDict):
    """A violation."""

    rule: str
    """the rule's id"""
    pack: str
    """the pack"""
    stack: str
    """the stack"""
    resource: str
    """the resource's name"""
    message: str
    """place, value found, values allowed, and how to go on"""
    mandatory: bool
    """whether it blocks"""
    exemption: str
    """the exemption that permits it; empty without one"""


@with_config(DOCUMENT)
class Violations(Document):
    """The result of `rolecall policy test`."""

    violations: list[ViolationRow]
    """the violations"""
