"""Documents about deployments."""

from __future__ import annotations

from pydantic import with_config
from typing_extensions import TypedDict  # pydantic requires it before Python 3.12

from rolecall.documents.document import DOCUMENT, Document


@with_config(DOCUMENT)
class ResourceStepRow(TypedDict):
    """An operation on a resource."""

    operation: str
    """create, update, delete, create-replacement, delete-replaced, import …"""
    type: str
    """the type token"""
    name: str
    """the resource's name"""


@with_config(DOCUMENT)
class PropertyChangeRow(TypedDict):
    """A property that changes."""

    path: str
    """the provider's path of the property"""
    before: str
    """its value; empty where it had none"""
    after: str
    """its later value; empty where it has none any more"""


@with_config(DOCUMENT)
class ResourceChangeRow(TypedDict):
    """A change to a resource."""

    operation: str
    """create, update, replace, delete or import"""
    type: str
    """the type token"""
    name: str
    """the resource's name"""
    properties: list[PropertyChangeRow]
    """the properties that an update or a replacement changes"""


@with_config(DOCUMENT)
class AccessChangeRow(TypedDict):
    """A change of one subject's access to one object."""

    subject: str
    """the group, service principal or person"""
    object: str
    """the object, or the group that the subject is a member of"""
    environment: str | None
    """the environment; null where environments share the object"""
    before: str
    """what the subject has, in the system's words; empty where it has nothing"""
    after: str
    """what it has afterwards; empty where it has nothing"""


@with_config(DOCUMENT)
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


@with_config(DOCUMENT)
class StackError(TypedDict):
    """An error of a run."""

    resource: str
    """the resource; empty for the stack as a whole"""
    message: str
    """the message"""


@with_config(DOCUMENT)
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
    resources: list[ResourceChangeRow]
    """each change to a resource, made or planned"""
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
    """the exit code of its run, as in [commands](commands.md)"""
    next: str | None
    """the command that continues; null where the stack is fine"""


@with_config(DOCUMENT)
class QuotaRow(TypedDict):
    """How much of a quota the contract uses."""

    what: str
    """what is counted"""
    holder: str
    """what holds them"""
    used: int
    """how many the contract has"""
    most: int
    """how many are allowed"""


@with_config(DOCUMENT)
class ForecastRow(TypedDict):
    """What a run needs of the systems."""

    writes: dict[str, int]
    """the number of writes by system"""
    seconds: dict[str, float]
    """how long they take at the system's pace, by system"""
    quotas: list[QuotaRow]
    """the quotas"""


@with_config(DOCUMENT)
class Stacks(Document):
    """The result of `rolecall preview`, `up`, `destroy` …"""

    access: list[AccessChangeRow]
    """who gains and who loses, protected environments first"""
    forecast: ForecastRow | None
    """what a preview's changes need of the systems; null where nothing was previewed"""
    stacks: dict[str, StackResult]
    """the outcomes by stack"""


@with_config(DOCUMENT)
class ResourceChangeSummary(TypedDict):
    """A change to a resource, without values."""

    stack: str
    """its stack"""
    operation: str
    """create, update, replace, delete or import"""
    type: str
    """the type token"""
    name: str
    """the resource's name"""
    properties: list[str]
    """the paths of the properties that change"""


@with_config(DOCUMENT)
class Verified(Document):
    """The result of `rolecall verify`."""

    type: str
    """snapshot, review or plan"""
    key: str
    """the id of the key that has signed it"""
    made_at: str
    """when it was made"""
    organization: str
    """the contract's organization"""
    account: str
    """the Databricks account"""
    commit: str | None
    """the commit of the contract's files"""
    digests: dict[str, str]
    """SHA-256 digests of what it is about, by name"""
    access: list[AccessChangeRow] | None
    """who gains and who loses; null where nothing was previewed"""
    steps: list[ResourceChangeSummary] | None
    """the changes to resources; null where nothing was previewed"""
