"""What a comparison found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, cast

from rolecall.access.observation import PLATFORM, Observation
from rolecall.errors import ExitCode, Place
from rolecall.ids.ids import ObjectId

if TYPE_CHECKING:
    from rolecall.documents.access import ExpiryRow
    from rolecall.documents.parity import FindingRow, Parity, SystemRow


class FindingKind(StrEnum):
    """The kind of a difference from the contract."""

    MISSING = "missing"
    EXTRA = "extra"
    DIFFERENT = "different"
    UNKNOWN = "unknown"
    UNMANAGED = "unmanaged"


@dataclass(frozen=True)
class Finding:
    """One difference from the contract, or one unknown.

    Attributes:
        system: where it was found.
        kind: in which way it differs.
        target: the object; None where it is about the system as a whole.
        subject: the subject; empty if there is none.
        given: the access that the contract grants.
        live: the live side.
        place: where the contract states it.
        group: the group whose members are meant; empty where it is about an object.
        resource: the declared resource, or the unmanaged thing.
        property: the path of the declared property that differs.
        how: the command that repairs it, or who can.
        is_list: whether it concerns a whole access list.
        concerns: without a target, the objects to which it is limited; None for all of the system.
    """

    @property
    def shown(self) -> str:
        """Return what it is about, as people say it."""
        if self.group:
            return f"group {self.group}"
        if self.target is None:
            return f"{self.resource}, in {self.system}" if self.resource else self.system
        # Databricks has the objects themselves; what others have are their counterparts.
        return str(self.target) if self.system == PLATFORM else f"{self.target}, in {self.system}"

    @property
    def about(self) -> str:
        """The object or group, with the resource and the property that differ."""
        text = self.shown
        if self.resource and self.resource not in text:
            text = f"{text}: {self.resource}"
        return f"{text}: {self.property}" if self.property else text

    system: str
    kind: FindingKind
    target: ObjectId | None
    subject: str
    given: str
    live: str
    place: Place | None = None
    group: str = ""
    resource: str = ""
    property: str = ""
    how: str = ""
    is_list: bool = False
    concerns: frozenset[ObjectId] | None = None

    def is_around(self, target: ObjectId) -> bool:
        """Return whether it is about no single object, and concerns one among others."""
        return self.target is None and (self.concerns is None or target in self.concerns)

    def to_json(self) -> FindingRow:
        """Return it as plain values."""
        return {
            "system": self.system,
            "finding": str(self.kind),
            "environment": self.target.environment if self.target else None,
            "kind": str(self.target.kind) if self.target else None,
            "object": self.target.name if self.target else None,
            "group": self.group or None,
            "resource": self.resource or None,
            "property": self.property or None,
            "subject": self.subject or None,
            "contract": self.given or None,
            "live": self.live or None,
            "repair": self.how or None,
            "place": str(self.place) if self.place else None,
        }


@dataclass(frozen=True)
class SystemSummary:
    """How reading one system went."""

    name: str
    objects: int
    grants: int
    unmanaged: int
    calls: int
    seconds: float
    failure: str | None = None
    groups: int = 0
    memberships: int = 0


class CellState(StrEnum):
    """The state of a cell of the matrix."""

    EQUAL = "equal"
    DIFFERENT = "different"
    UNKNOWN = "unknown"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Cell:
    """One cell of the matrix: a few words, and whether they are as they have to be."""

    text: str
    state: CellState


@dataclass(frozen=True)
class Row:
    """A group, a job or a service in every system."""

    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Matrix:
    """Every group, or every job with counterparts and every service, in every system.

    Attributes:
        columns: the columns' names.
        rows: the rows.
        noun: what each row is.
        key: the key of a row's name in JSON.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    noun: str = "group"
    key: str = "group"

    def to_json(self) -> list[dict[str, Any]]:
        """Return it as plain values."""
        return [
            {
                self.key: row.name,
                **{
                    column: {"text": cell.text, "state": str(cell.state)}
                    for column, cell in zip(self.columns, row.cells, strict=True)
                },
            }
            for row in self.rows
        ]


@dataclass(frozen=True)
class Ending:
    """Something that ends soon, or has ended: a sentence, and the same as plain values."""

    sentence: str
    row: ExpiryRow


@dataclass(frozen=True)
class Report:
    """A comparison of a contract with live access.

    Attributes:
        systems: how reading each went.
        findings: every difference from the contract.
        matrix: every group in every system; None where there is no identity provider.
        jobs: every job with counterparts in every system; None where no job has any.
        ending: declarations that expire soon or have expired; a warning, not a finding.
        not_read: ways of granting access that could not be read, each with the reason.
        never_read: ways of granting access that parity does not read.
        resources: the number of declared resources compared property by property.
        read: the ways of granting access that were read.
        others: unmanaged things that give no access to the contract's objects: system and thing.
        observations: what was seen, by system; no output shows it as it is.
    """

    systems: tuple[SystemSummary, ...]
    findings: tuple[Finding, ...]
    matrix: Matrix | None = None
    jobs: Matrix | None = None
    ending: tuple[Ending, ...] = ()
    not_read: tuple[str, ...] = ()
    never_read: tuple[str, ...] = ()
    resources: int = 0
    read: tuple[str, ...] = ()
    others: tuple[tuple[str, str], ...] = ()
    observations: Mapping[str, Observation] = field(default_factory=dict, repr=False, compare=False)

    @property
    def exit_code(self) -> ExitCode:
        """That something could not be read is graver than what was found."""
        unread = any(one.kind is FindingKind.UNKNOWN and one.resource for one in self.findings)
        if unread or any(system.failure for system in self.systems):
            return ExitCode.UNREACHABLE
        return ExitCode.FINDINGS if self.findings else ExitCode.FINE

    def to_json(self) -> Parity:
        """Return it as a document."""
        return {
            "schema_version": 1,
            "equal": not self.findings and not any(system.failure for system in self.systems),
            "systems": cast("list[SystemRow]", [vars(system) for system in self.systems]),
            "matrix": self.matrix.to_json() if self.matrix else None,
            "jobs": self.jobs.to_json() if self.jobs else None,
            "findings": [finding.to_json() for finding in self.findings],
            "resources": self.resources,
            "read": [*self.read],
            "not_read": [*self.not_read, *self.never_read],
            "others": [{"system": system, "what": what} for system, what in self.others],
            "expiring": [one.row for one in self.ending],
        }
