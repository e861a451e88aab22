"""The JSON documents that commands write, as types; `make generate` writes their JSON Schemas to `rolecall/schemas`.

A change that removes a field, renames it or changes its meaning raises `SCHEMA_VERSION` in `rolecall.console.output`;
a new field does not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict  # pydantic requires it before Python 3.12

from rolecall.errors import UsageError

FOLDER = Path(__file__).with_name("schemas")

_DOCUMENT = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class Document(TypedDict):
    """What every document has."""

    schema_version: Annotated[Literal[1], Field(description="the version of the document's schema")]


@with_config(_DOCUMENT)
class ReasonRow(TypedDict):
    """Why a subject has access."""

    role: str | None
    """the role; null for access without a role"""
    because: str
    """the reason in words"""
    ticket: str | None
    """the ticket of the binding"""
    place: str | None
    """file and line of the contract"""
    expires: NotRequired[str | None]
    """the last day of the binding"""


@with_config(_DOCUMENT)
class GrantRow(TypedDict):
    """A grant."""

    subject: str
    """the subject's name"""
    subject_type: str
    """group, service principal, workload or deployer"""
    verb: str
    """view, run, edit, manage or own"""
    kind: str
    """the kind of the object"""
    object: str
    """the object's name"""
    environment: str | None
    """the environment; null for objects of the account"""
    via: list[str]
    """the groups through which a nested group has it; empty for its own access"""
    reasons: list[ReasonRow]
    """why it has it"""


@with_config(_DOCUMENT)
class Grants(Document):
    """The result of `rolecall grants`."""

    grants: list[GrantRow]
    """the selected grants"""


@with_config(_DOCUMENT)
class Right(TypedDict):
    """A verb on an object."""

    verb: str
    """the verb"""
    kind: str
    """the kind of the object"""
    object: str
    """the object's name"""


@with_config(_DOCUMENT)
class EscalationRow(TypedDict):
    """A subject that may act as a stronger one."""

    environment: str
    """the environment"""
    protected: bool
    """whether the environment is protected"""
    needs_acceptance: bool
    """whether the contract is refused without an acceptance"""
    of: str
    """the subject"""
    acting_as: str
    """the stronger subject"""
    through: list[Right]
    """the access that makes it possible; empty where the one is nested in the other"""
    gains: list[Right]
    """the access that it gains"""
    accepted: dict[str, Any] | None
    """the entry of `accepted_escalations` that permits it"""


@with_config(_DOCUMENT)
class Escalations(Document):
    """The result of `rolecall escalations`."""

    escalations: list[EscalationRow]
    """the escalations"""


@with_config(_DOCUMENT)
class ExpiryRow(TypedDict):
    """Something with a last day."""

    kind: str
    """binding, removal override, accepted escalation, deletion, exemption …"""
    what: str
    """which one, in words"""
    expires: str
    """its last day"""
    days: int
    """days until then; negative afterwards"""
    expired: bool
    """whether the day is over"""
    owner: str | None
    """the owner"""
    place: str | None
    """file and line of the contract"""
    effect: str
    """the effect of its end"""


@with_config(_DOCUMENT)
class Expiring(Document):
    """The result of `rolecall expiring`."""

    expiring: list[ExpiryRow]
    """entries by their last day"""


@with_config(_DOCUMENT)
class Side(TypedDict):
    """The access of a subject in one environment."""

    exists: bool
    """whether the object exists there"""
    verb: str | None
    """the verb; null without access"""
    reasons: list[ReasonRow]
    """why it has it"""


@with_config(_DOCUMENT)
class DifferenceRow(TypedDict):
    """A difference between two environments."""

    kind: str
    """the kind of the object"""
    object: str | None
    """the object's name; null for the environment's workspace"""
    subject: str
    """the subject"""
    sides: dict[str, Side]
    """the access by environment"""


@with_config(_DOCUMENT)
class Differences(Document):
    """The result of `rolecall diff`."""

    environments: list[str]
    """the two environments"""
    differences: list[DifferenceRow]
    """the differences"""


@with_config(_DOCUMENT)
class ProblemRow(TypedDict):
    """A problem of a contract."""

    id: str
    """the stable id"""
    file: str | None
    """the file"""
    line: int | None
    """the line, from 1"""
    what: str
    """the problem"""
    allowed: str
    """what is allowed, or how to go on"""


@with_config(_DOCUMENT)
class InvalidResult(Document):
    """The result of `rolecall check` for a contract with problems."""

    valid: Literal[False]
    """false"""
    problems: list[ProblemRow]
    """all problems"""


@with_config(_DOCUMENT)
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


@with_config(_DOCUMENT)
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
    """what is to be known of the bundles that the contract takes jobs of"""
    changed: NotRequired[list[ReachRow]]
    """with --changed: what each file can affect"""


_From = TypedDict("_From", {"from": Annotated[str, Field(description="the start of the step")]})


@with_config(_DOCUMENT)
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


@with_config(_DOCUMENT)
class AnswerRow(AnswerEnd):
    """A subject that can do something, in any number of steps."""

    subject: str
    """the subject's name"""
    subject_type: str
    """group, service principal, workload or deployer"""
    paths: list[list[AnswerStep]]
    """the paths"""
    all_paths: bool
    """whether these are all paths"""


@with_config(_DOCUMENT)
class Answers(Document):
    """The result of `rolecall who-can`, `what-can`, `blast-radius` and `path`."""

    answers: list[AnswerRow]
    """the answers"""


@with_config(_DOCUMENT)
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


@with_config(_DOCUMENT)
class Refusal(TypedDict):
    """A reason for which the changed contract would be refused."""

    id: str
    """the stable id"""
    place: str | None
    """file and line of the contract"""
    what: str
    """the problem"""


@with_config(_DOCUMENT)
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


CheckResult = ValidResult | InvalidResult


@with_config(_DOCUMENT)
class ResourceStepRow(TypedDict):
    """An operation on a resource."""

    operation: str
    """create, update, delete, create-replacement, delete-replaced, import …"""
    type: str
    """the type token"""
    name: str
    """the resource's name"""


@with_config(_DOCUMENT)
class PolicyViolationRow(TypedDict):
    """A policy violation that the engine reported."""

    policy: str
    """the rule's id"""
    pack: str
    """the pack"""
    resource: str
    """the resource"""
    message: str
    """the message"""
    mandatory: bool
    """whether it blocks the run"""


@with_config(_DOCUMENT)
class StackError(TypedDict):
    """An error of a run."""

    resource: str
    """the resource; empty for the stack as a whole"""
    message: str
    """the message"""


@with_config(_DOCUMENT)
class StackResult(TypedDict):
    """The outcome of one stack."""

    status: str
    """unchanged, changed, previewed, blocked, failed, interrupted or not-run"""
    not_run: str | None
    """why it did not run"""
    changes: dict[str, int]
    """the number of resources by operation"""
    planned: dict[str, int]
    """the number of resources by operation that a preview planned and that were not run"""
    done: list[ResourceStepRow]
    """operations that took effect"""
    undone: list[ResourceStepRow]
    """operations that remain; of a preview: the planned ones"""
    violations: list[PolicyViolationRow]
    """policy violations"""
    errors: list[StackError]
    """errors"""
    warnings: list[str]
    """warnings"""
    ran: bool
    """whether the engine ran; false for an unchanged stack"""
    seconds: float
    """the duration"""
    exit_code: int
    """the engine's exit code"""
    next: str | None
    """the command that continues; null where the stack is fine"""


@with_config(_DOCUMENT)
class Stacks(Document):
    """The result of `rolecall preview`, `up`, `destroy` …"""

    stacks: dict[str, StackResult]
    """the outcomes by stack"""


@with_config(_DOCUMENT)
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


@with_config(_DOCUMENT)
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
    """what the contract gives"""
    live: str | None
    """what is live"""
    repair: str | None
    """the command that repairs it, or who can"""
    place: str | None
    """file and line of the contract"""


@with_config(_DOCUMENT)
class UnmanagedRow(TypedDict):
    """Something live that the contract does not name and that reaches nothing of it."""

    system: str
    """the system"""
    what: str
    """the thing"""


@with_config(_DOCUMENT)
class Parity(Document):
    """The result of `rolecall parity`."""

    equal: bool
    """whether there is no finding and every system was read"""
    systems: list[SystemRow]
    """the systems"""
    matrix: list[dict[str, Any]] | None
    """each group: its name, and text and state by system"""
    jobs: list[dict[str, Any]] | None
    """each job with counterparts: its name, and text and state by system"""
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


@with_config(_DOCUMENT)
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


@with_config(_DOCUMENT)
class Rules(Document):
    """The result of `rolecall policy list`."""

    rules: list[RuleRow]
    """the rules"""


@with_config(_DOCUMENT)
class ExplainedRule(Document):
    """The result of `rolecall policy explain`."""

    rule: RuleRow
    """the rule"""


@with_config(_DOCUMENT)
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


@with_config(_DOCUMENT)
class Violations(Document):
    """The result of `rolecall policy test`."""

    violations: list[ViolationRow]
    """the violations"""


@with_config(_DOCUMENT)
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


@with_config(_DOCUMENT)
class Doctor(Document):
    """The result of `rolecall doctor`."""

    findings: list[DoctorRow]
    """the parts"""


@with_config(_DOCUMENT)
class Variables(Document):
    """The result of `rolecall env`."""

    variables: dict[str, str]
    """environment variables by name"""


AnyDocument = (
    Answers
    | CheckResult
    | Differences
    | Doctor
    | Effects
    | Escalations
    | Expiring
    | ExplainedRule
    | Grants
    | Parity
    | Rules
    | Stacks
    | Variables
    | Violations
)
# The document of each command.
DOCUMENTS: Mapping[str, Any] = {
    "blast-radius": Answers,
    "check": CheckResult,
    "destroy": Stacks,
    "diff": Differences,
    "doctor": Doctor,
    "env": Variables,
    "escalations": Escalations,
    "expiring": Expiring,
    "grants": Grants,
    "parity": Parity,
    "path": Answers,
    "policy explain": ExplainedRule,
    "policy list": Rules,
    "policy test": Violations,
    "preview": Stacks,
    "up": Stacks,
    "what-can": Answers,
    "what-if": Effects,
    "who-can": Answers,
}


def file_name(command: str) -> str:
    """Return the name of a command's schema in `FOLDER`."""
    return f"{command.replace(' ', '-')}.json"


def schema_of(command: str) -> dict[str, Any]:
    """Return the JSON Schema of the document that a command writes.

    Raises:
        UsageError: the command writes no JSON document.
    """
    if command not in DOCUMENTS:
        raise UsageError(f"{command!r} writes no JSON document", f"These do: {', '.join(DOCUMENTS)}.")
    schema: dict[str, Any] = json.loads((FOLDER / file_name(command)).read_text(encoding="utf-8"))
    return schema
