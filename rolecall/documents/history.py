"""Documents about what was deployed, when and by whom."""

from __future__ import annotations

from pydantic import with_config
from typing_extensions import TypedDict  # pydantic requires it before Python 3.12

from rolecall.documents.document import DOCUMENT, Document


@with_config(DOCUMENT)
class WhoRow(TypedDict):
    """Who has deployed, as it was recorded; null for what is not known."""

    actor: str | None
    """the user, as the CI system or the machine calls them; nothing proves it"""
    principal: str | None
    """the application id that the run has signed in to Databricks with"""
    commit: str | None
    """the commit of the contract's files"""
    changed: bool
    """whether files differed from the commit"""
    job: str | None
    """the address of the CI job"""


@with_config(DOCUMENT)
class StackUpdateRow(TypedDict):
    """What a run did to one stack."""

    stack: str
    """the stack"""
    kind: str
    """update, destroy, refresh or import"""
    result: str
    """succeeded, failed or in-progress"""
    changes: dict[str, int]
    """the number of resources by operation"""


@with_config(DOCUMENT)
class RunRow(TypedDict):
    """A run."""

    at: str
    """when it began"""
    kind: str
    """what it did"""
    result: str
    """succeeded, or the first other result"""
    changes: dict[str, int]
    """the number of changed resources by operation"""
    by: WhoRow
    """who has started it"""
    stacks: list[StackUpdateRow]
    """what it did to each stack"""


@with_config(DOCUMENT)
class History(Document):
    """The result of `rolecall history`."""

    runs: list[RunRow]
    """the runs, the latest first"""


@with_config(DOCUMENT)
class StandingRow(TypedDict):
    """What a stack holds now."""

    stack: str
    """the stack"""
    environment: str | None
    """the environment; null for the account"""
    project: str | None
    """the project; null where it is no project's"""
    workspace: str | None
    """the address of the workspace, or of the account"""
    status: str
    """deployed, never deployed, failed, unfinished, destroyed …"""
    resources: int
    """the number of its resources"""
    deployed_at: str | None
    """when its last successful run began"""
    by: WhoRow | None
    """who has started that run"""


@with_config(DOCUMENT)
class Summary(Document):
    """The result of `rolecall summary`."""

    organization: str
    """the organization"""
    account: str
    """the Databricks account"""
    stacks: list[StandingRow]
    """the stacks, in the order of deployment"""
