"""Access reports of worlds that are made up: real comparisons of systems that answer from memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rolecall.access.effective import Access
from rolecall.access.membership import GroupState, Members, Person
from rolecall.access.observation import Observation, Remark, Role, System, Unmanaged
from rolecall.compiled import CompiledContract
from rolecall.console.expiring import ending_soon
from rolecall.contract.contract import Contract
from rolecall.errors import SystemUnreachable
from rolecall.ids.ids import ObjectId
from rolecall.parity.compare import compare
from rolecall.parity.report import Report
from rolecall.report.circumstances import Circumstances
from rolecall.report.compose import compose
from rolecall.report.page import FindingEntry, Page
from rolecall.report.sources import Sources
from tests.support.contracts import TODAY, compiled

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
MADE = Circumstances(NOW, "ada on build-7", "11111111-1111-4111-8111-111111111111", "abc123", "contract.yaml", ())


@dataclass
class Answers:
    """What one made-up system answers.

    Attributes:
        access: what it holds; the contract's access where it is None.
        failure: why it does not answer; it answers where this is empty.
    """

    name: str = "databricks"
    access: Access | None = None
    remarks: tuple[Remark, ...] = ()
    absent: tuple[ObjectId, ...] = ()
    others: tuple[Unmanaged, ...] = ()
    groups: Mapping[str, Sequence[str]] | None = None
    refused: tuple[str, ...] = ()
    failure: str = ""
    role: Role = Role.PLATFORM

    def system(self) -> System:
        return System(self.name, self.observe, role=self.role)

    def observe(
        self, contract: Contract, access: Access, environments: tuple[str, ...], names: Mapping[str, str]
    ) -> Observation:
        if self.failure:
            raise SystemUnreachable(self.failure, "Try again.")
        groups = {
            key: Members(GroupState.PRESENT, f"id-{key}", tuple(Person(f"id-{one}", one) for one in people), key)
            for key, people in (self.groups or {}).items()
        }
        return Observation(
            access=access if self.access is None else self.access,
            absent=self.absent,
            remarks=self.remarks,
            groups=groups if self.groups is not None else None,
            holds_grants=self.role is not Role.IDENTITY_PROVIDER,
            others=self.others,
            refused=self.refused,
        )


def copied(access: Access) -> Access:
    """Return a copy of access, to be changed."""
    return {target: dict(held) for target, held in access.items()}


def sources(folder: Path, text: str, answers: Sequence[Answers] | None = None) -> Sources:
    """Return what a report of a contract is made from.

    Args:
        folder: where the contract is written.
        text: the contract.
        answers: the systems; None for a report without live access.
    """
    found = compiled(folder, text)
    systems = [one.system() for one in answers or [Answers()]]
    report = compared(found, systems) if answers is not None else None
    return Sources(found, systems, MADE, TODAY, report, tuple(ending_soon(found, TODAY, 100_000)))


def compared(found: CompiledContract, systems: Sequence[System]) -> Report:
    return compare(found, list(found.contract.environments), systems)


def page_of(folder: Path, text: str, answers: Sequence[Answers] | None = None) -> Page:
    """Return the data of a report."""
    return compose(sources(folder, text, answers))


def cell(page: Page, subject: str, target: str, system: int = 0) -> tuple[str, str, str, list[FindingEntry]]:
    """Return the state, both verbs and the findings of a cell."""
    for number, row in enumerate(page.matrix.rows):
        one, who = page.objects[row[0]], page.subjects[row[1]]
        if who.name == subject and f"{one.kind} {one.name} {one.environment}" == target:
            state, given, live = page.matrix.cells[row[2 + system]]
            links = page.matrix.links.get(f"{number}:{system}", ())
            return state.name.lower(), given, live, [page.findings[link] for link in links]
    raise AssertionError(f"no row of {subject} and {target}")
