"""The data of a report, as the page's script reads it: indexes stand for subjects, objects, findings and nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum


class State(IntEnum):
    """The comparison of a right in one system with the contract."""

    NOTHING = 0
    NOT_COMPARED = 1
    EQUAL = 2
    DIFFERENT = 3
    UNKNOWN = 4


@dataclass(frozen=True)
class SubjectEntry:
    """A subject.

    Attributes:
        name: its name in the contract; a person's sign-in name.
        type: group, service_principal, person, repository …
        label: the name in sentences, with type and environment.
        environment: its environment; empty for most.
        node: its node in the graph; -1 for a live holder that has no node.
        trusted: whether it has everything by rule, as the deployer and the break-glass group do.
        people: indexes of the persons in a group, where the identity provider was read.
        membership: the comparison of a group's members between systems.
        membership_text: the number of members, with what differs.
        membership_findings: the findings about its members.
    """

    name: str
    type: str
    label: str
    environment: str
    node: int = -1
    trusted: bool = False
    people: tuple[int, ...] = ()
    membership: State = State.NOTHING
    membership_text: str = ""
    membership_findings: tuple[int, ...] = ()


@dataclass(frozen=True)
class ObjectEntry:
    """An object.

    Attributes:
        kind: its kind.
        name: PROJECT/KEY, or the key alone.
        environment: its environment; empty for what environments share.
        protected: whether the environment is protected.
        rights: the node of each action on it.
    """

    kind: str
    name: str
    environment: str
    protected: bool
    rights: Mapping[str, int]


@dataclass(frozen=True)
class FindingEntry:
    """A finding.

    Attributes:
        kind: extra, unmanaged, different, missing or unknown; refused, escalation or expired for the contract itself.
        area: access, members, settings, unmanaged, reading or contract.
        system: where it was found.
        about: the object, group or thing.
        who: the subject; empty without one.
        given: the contract's side.
        live: the live side.
        place: file and line of the contract.
        how: the command that repairs it, or who can.
        protected: whether it concerns a protected environment.
        subject: index of the subject; -1 without one.
        object: index of the object; -1 without one.
    """

    kind: str
    area: str
    system: str
    about: str
    who: str
    given: str
    live: str
    place: str
    how: str
    protected: bool
    subject: int = -1
    object: int = -1


@dataclass(frozen=True)
class MatrixEntry:
    """Rights of subjects on objects in every system.

    Attributes:
        systems: the systems that have grants, in the order of the columns.
        cells: the distinct cells: state, the contract's verb, the live verb.
        rows: object, subject, and the number of a cell for each system.
        links: the findings of cells, by `ROW:SYSTEM`.
    """

    systems: tuple[str, ...]
    cells: tuple[tuple[State, str, str], ...]
    rows: tuple[tuple[int, ...], ...]
    links: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class GraphEntry:
    """The access graph.

    Attributes:
        nodes: subject (-1 for a right), object (-1 for an actor), action, and the column of a drawing.
        edges: source, target, number of the text, number of the explanation, and which side has it.
        texts: words of steps, and explanations.
        incomplete: live access without a step in the graph, or that could not be read.
    """

    nodes: tuple[tuple[int, int, str, int], ...]
    edges: tuple[tuple[int, int, int, int, int], ...]
    texts: tuple[str, ...]
    incomplete: tuple[str, ...]


@dataclass(frozen=True)
class TableEntry:
    """A small table.

    Attributes:
        columns: the columns.
        rows: the rows; before the texts of its columns, each has a state, or an empty text.
        findings: for each row the number of its finding; -1 without one. Empty where no row has one.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    findings: tuple[int, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """The result in one sentence.

    Attributes:
        state: `equal`, `different`, `unknown` or `not-compared`.
        sentence: the result.
        remark: what it does not cover.
    """

    state: str
    sentence: str
    remark: str


@dataclass(frozen=True)
class Page:
    """Everything on the page.

    Attributes:
        organization: the organization.
        written: when it was written, in UTC.
        verdict: the result.
        evidence: how it was made: names and values.
        reading: each system, with how reading it went.
        not_read: ways of access that were not read, with the reason.
        subjects: all subjects.
        objects: all objects.
        findings: all findings, the worst first.
        matrix: rights by subject, object and system.
        graph: the access graph.
        groups: every group in every system; None without a comparison.
        jobs: every job with counterparts in every system; None without any.
        escalations: who may act as a stronger subject.
        expiring: everything that has a last day.
        exemptions: the exemptions from policies.
        others: unmanaged things that reach nothing of the contract.
        exit_code: 0 without a finding, 3 where a system could not be read, else 1.
    """

    organization: str
    written: str
    verdict: Verdict
    evidence: tuple[tuple[str, str], ...]
    reading: TableEntry
    not_read: tuple[str, ...]
    subjects: tuple[SubjectEntry, ...]
    objects: tuple[ObjectEntry, ...]
    findings: tuple[FindingEntry, ...]
    matrix: MatrixEntry
    graph: GraphEntry
    groups: TableEntry | None
    jobs: TableEntry | None
    escalations: TableEntry
    expiring: TableEntry
    exemptions: TableEntry
    others: TableEntry
    exit_code: int = 0
