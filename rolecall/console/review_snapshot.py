"""The parts of a review that come from a snapshot: its age, drift, people, ids of groups, and affected stacks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from rolecall.attestations.keys import TrustedKey
from rolecall.compiled import CompiledContract
from rolecall.console.contract_difference import Members
from rolecall.console.shown import markdown, markdown_lines
from rolecall.console.sides import Named
from rolecall.contract.contract import Contract
from rolecall.contract.revision_digest import contract_digest
from rolecall.pull_requests.comment import Section
from rolecall.slices.part import digests_of
from rolecall.slices.slice import layers_of
from rolecall.snapshots.people import people_of, rows_of, unknown_groups
from rolecall.snapshots.reading import Expected, account_is_known, in_words, read_snapshot
from rolecall.snapshots.snapshot import GroupRow, Snapshot
from rolecall.systems.databricks.lookups import FoundGroup, Lookups

if TYPE_CHECKING:
    from rolecall.documents.access import ContractChange, ContractDifferences
    from rolecall.documents.parity import FindingRow

PERSON, GROUP = "person", "group"
# Names of people and objects that a cell lists.
LISTED = 5
DRIFT = ("system", "finding", "object", "subject", "contract", "live")
READ_ALL = "rolecall parity"


@dataclass(frozen=True)
class Live:
    """What a snapshot adds to a review.

    Attributes:
        snapshot: the snapshot.
        before: the contract that it is of, compiled.
        now: the time of the review.
    """

    snapshot: Snapshot
    before: CompiledContract
    now: datetime

    def people(self, before: Contract, after: Contract) -> tuple[Members, Members]:
        """Return the people in each group of the earlier and of the later contract."""
        mine = self.before.contract
        return people_of(self.snapshot, mine, before), people_of(self.snapshot, mine, after)

    @property
    def not_deployed(self) -> tuple[str, ...]:
        """The stacks in which a deployment would apply more than the change: earlier changes are not deployed."""
        declared = {one.stack for layer in layers_of(self.before.contract) for one in layer}
        rows = {one.name: one for one in self.snapshot.stacks}
        return tuple(one for one in sorted({*declared, *rows}) if one not in rows or not rows[one].as_declared)

    def line(self) -> str:
        """Return when and of what it was taken, as Markdown."""
        one = self.snapshot
        age = in_words(self.now - one.taken_at)
        commit = f", commit {one.commit[:10]}" if one.commit else ""
        account = one.account_id if account_is_known(self.before.loaded) else f"{one.account_id} (not compared)"
        when = f"{one.taken_at:%Y-%m-%d %H:%M} UTC ({age} ago{commit})"
        return f"Live access as of {when}, in the account {markdown(account)}."

    def unread(self) -> Iterator[Section]:
        """Yield what the snapshot could not read: nothing is known of it."""
        lines = [f"- **{markdown(one.name)}**: {markdown_lines(one.failure)}" for one in self.snapshot.unread]
        if lines:
            yield Section("Not in the snapshot, so unknown", tuple(lines), READ_ALL)

    def drift(self) -> Iterator[Section]:
        """Yield live access that differed from the contract."""
        found = self.snapshot.findings
        if found:
            yield table(f"Drift: {_counted(len(found), 'finding')}", DRIFT, [_drift(one) for one in found], READ_ALL)

    def sections(self, report: ContractDifferences, after: CompiledContract, command: str) -> Iterator[Section]:
        """Yield the people who gain or lose, the groups that do, and the stacks of which something changes.

        Args:
            report: the difference.
            after: the later contract, compiled.
            command: shows the difference.
        """
        yield from _people(report["changes"], command)
        yield from self._groups(report["changes"], after.contract)
        yield from self._stacks(after)

    def _groups(self, changes: Sequence[ContractChange], after: Contract) -> Iterator[Section]:
        names = sorted({one["subject"] for one in changes if one["subject_type"] == GROUP})
        there = rows_of(self.snapshot, self.before.contract, after)
        gone = {one.key: one for one in self.snapshot.groups if one.key not in after.groups}
        unknown = {*unknown_groups(self.snapshot, self.before.contract, after)}
        people = people_of(self.snapshot, self.before.contract, after)
        rows = []
        for name in names:
            row, group = there.get(name) or gone.get(name), after.groups.get(name)
            external = group.external if group else row.external if row else ""
            shown = _listed(row.people) if row and row.people is not None else ""
            if name in people and not shown:
                shown = _listed(sorted(people[name]))
            rows.append((name, external or "", _in_account(row), "not known" if name in unknown else shown))
        if rows:
            columns = ("group", "in the identity provider", "in the account", "people")
            yield table(f"{_counted(len(rows), 'group')} with other access", columns, rows, "rolecall parity")

    def _stacks(self, after: CompiledContract) -> Iterator[Section]:
        found = lookups_of(self.snapshot)
        states = {one.name: one for one in self.snapshot.stacks}
        old, new = digests_of(self.before, found), digests_of(after, found)
        lines: list[str] = []
        for stack in dict.fromkeys([*new, *old]):
            state = states.get(stack)
            if stack not in new:
                lines.append(f"- {markdown(stack)}: not in the contract any more")
            elif state is None or not state.declaration:
                lines.append(f"- {markdown(stack)}: not deployed yet")
            elif old.get(stack) != new[stack]:
                earlier = "" if state.as_declared or stack not in old else "; an earlier change is not deployed yet"
                lines.append(f"- {markdown(stack)}: changes ({_counted(state.resources, 'resource')} now){earlier}")
            elif state.pending:
                lines.append(f"- {markdown(stack)}: an earlier deployment has not finished")
            elif not state.as_declared:
                lines.append(f"- {markdown(stack)}: an earlier change is not deployed yet")
        if lines:
            title = f"{len(lines):,} of {_counted(len({*new, *old}), 'stack')} would run"
            yield Section(title, tuple(lines), "rolecall preview")


def live_of(first: Named, file: Path, keys: Sequence[TrustedKey], max_age: timedelta, now: datetime) -> Live:
    """Return what a snapshot adds to a review of a change.

    Args:
        first: the contract before the change.
        file: the snapshot.
        keys: the keys whose signatures count.
        max_age: the oldest snapshot that counts.
        now: the time of the review.

    Raises:
        AttestationRefused: it is altered, too old, or of something else.
        InvalidContract: the contract before the change is not valid.
    """
    before = first.compiled(now.date())
    expected = Expected(now, max_age, contract_digest(first.path), before.loaded)
    return Live(read_snapshot(file, keys, expected), before, now)


def lookups_of(snapshot: Snapshot) -> Lookups:
    """Return the ids of the account, as programs of stacks get them."""
    there = [one for one in snapshot.groups if one.account_id]
    groups = {one.key: FoundGroup(one.account_id, one.external, one.account_name) for one in there if one.external}
    ids = {one.key: one.account_id for one in there}
    return Lookups(groups, {}, snapshot.hosts, snapshot.application_ids, ids)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], rest: str) -> Section:
    """Return a section with a table; cells are plain text.

    Args:
        title: its title, as Markdown.
        columns: the columns' names.
        rows: the rows.
        rest: the command that shows what does not fit.
    """
    lines = [f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}"]
    lines += [f"| {' | '.join(map(markdown_lines, row))} |" for row in rows]
    return Section(title, tuple(lines), rest, fixed=2)


def _people(changes: Iterable[ContractChange], command: str) -> Iterator[Section]:
    gains: defaultdict[str, list[str]] = defaultdict(list)
    losses: defaultdict[str, list[str]] = defaultdict(list)
    for one in changes:
        if one["subject_type"] != PERSON:
            continue
        where = f" in {one['environment']}" if one["environment"] else ""
        thing = f"{one['kind'].replace('_', ' ')} {one['object']}{where}"
        before, after = (" and ".join(held) or "nothing" for held in (one["before"], one["after"]))
        side = losses if one["change"] == "loss" else gains
        side[one["subject"]].append(f"{thing}: {before} → {after}")
    for title, by_person in (("gain", gains), ("lose", losses)):
        if by_person:
            rows = [(name, _listed(things, "\n")) for name, things in sorted(by_person.items())]
            number = f"{len(rows):,} {'person' if len(rows) == 1 else 'people'}"
            verb = f"{title}s" if len(rows) == 1 else title
            yield table(f"{number} {verb}", ("person", "what"), rows, command)


def _listed(names: Sequence[str] | None, between: str = ", ") -> str:
    shown = [*(names or ())]
    rest = [f"and {len(shown) - LISTED:,} more"] if len(shown) > LISTED else []
    return between.join([*shown[:LISTED], *rest]) or "none"


def _in_account(row: GroupRow | None) -> str:
    if row is None or not row.account_id:
        return "not there"
    return f"{row.account_name} ({row.account_id})"


def _drift(one: FindingRow) -> tuple[str, ...]:
    where = f" in {one['environment']}" if one["environment"] else ""
    named = f"group {one['group']}" if one["group"] else f"{one['kind']} {one['object']}{where}" if one["kind"] else ""
    thing = ": ".join(text for text in (named, one["resource"], one["property"]) if text)
    return (
        one["system"],
        one["finding"],
        thing or one["system"],
        one["subject"] or "",
        one["contract"] or "nothing",
        one["live"] or "nothing",
    )


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
