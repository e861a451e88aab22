"""Take a snapshot from what parity has read; no secret value and no property of a state gets into it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rolecall import __version__
from rolecall.attestations.statement import Statement, digest_of
from rolecall.compiled import CompiledContract
from rolecall.contract.secrets import form_of_secret
from rolecall.deploy.plan_record import variable_digests
from rolecall.documents.parity import FindingRow
from rolecall.engine.state import States
from rolecall.errors import StateUnreadable
from rolecall.parity.live_access import live_access
from rolecall.parity.report import Finding, Report
from rolecall.secrecy import HIDDEN, without_secrets
from rolecall.snapshots.snapshot import PREDICATE_TYPE, GrantRow, GroupRow, Snapshot, StackRow, SystemRow
from rolecall.systems.databricks.lookups import Lookups

# Stands for the value of a property, which may be a secret that was set by hand.
NO_VALUE = "(values are not in a snapshot)"


@dataclass(frozen=True)
class Origin:
    """What a snapshot is of.

    Attributes:
        taken_at: when reading began.
        contract: the contract's digest.
        commit: the commit of the contract's files; None outside a repository.
    """

    taken_at: datetime
    contract: str
    commit: str | None


def snapshot_of(
    compiled: CompiledContract, report: Report, lookups: Lookups, stacks: Iterable[StackRow], origin: Origin
) -> Snapshot:
    """Return the snapshot of a parity run.

    Args:
        compiled: the contract.
        report: what parity has read and found.
        lookups: ids of the account.
        stacks: the states.
        origin: what it is of.
    """
    contract = compiled.contract
    grants = sorted(
        (
            GrantRow.of(system, subject, verb, target)
            for system, seen in report.observations.items()
            for target, held in seen.access.items()
            for subject, verb in held.items()
        ),
        key=lambda one: one.model_dump_json(),
    )
    return Snapshot(
        taken_at=origin.taken_at,
        rolecall=__version__,
        organization=contract.organization,
        account_id=contract.databricks.account_id,
        contract=origin.contract,
        commit=origin.commit,
        environments=tuple(contract.environments),
        systems=tuple(SystemRow(name=one.name, grants=one.grants, failure=one.failure) for one in report.systems),
        grants=tuple(grants),
        groups=tuple(_groups(compiled, report, lookups)),
        hosts=dict(lookups.hosts),
        application_ids=dict(lookups.application_ids),
        lookups=digest_of(lookups.to_json()),
        variables=variable_digests(compiled.loaded.values),
        findings=tuple(map(_finding, report.findings)),
        not_read=(*report.not_read, *report.never_read),
        stacks=tuple(stacks),
    )


def _finding(one: Finding) -> FindingRow:
    """Return a finding without values of properties and without texts that look like a secret."""
    row = one.to_json()
    if one.property:
        row["contract"], row["live"] = NO_VALUE, NO_VALUE
    for name, text in row.items():
        if isinstance(text, str) and form_of_secret(text) is not None:
            row[name] = HIDDEN  # type: ignore[literal-required]
    return row


def _groups(compiled: CompiledContract, report: Report, lookups: Lookups) -> Iterator[GroupRow]:
    people = live_access(report).members
    for key, group in sorted(compiled.contract.groups.items()):
        found = lookups.groups.get(key)
        yield GroupRow(
            key=key,
            external=group.external or "",
            account_id=lookups.ids.get(key, ""),
            account_name=found.name if found else key if key in lookups.ids else "",
            people=tuple(sorted(people[key])) if key in people else None,
        )


def stack_rows(states: States, declarations: Mapping[str, str]) -> Iterator[StackRow]:
    """Yield the states of a project's stacks as digests; a stack without anything in it is left out.

    Args:
        states: the states.
        declarations: digests of what the contract declares now, by stack.

    Raises:
        StateUnreadable: the backend does not answer.
    """
    for name in states.stacks():
        try:
            state = states.read(name)
        except StateUnreadable:
            yield StackRow(name=name, declaration="", resources=0, pending=0, digest="", as_declared=False)
            continue
        if state is not None and state.anything:
            yield StackRow(
                name=name,
                declaration=state.declaration,
                resources=sum(one.custom for one in state.resources),
                pending=len(state.pending),
                digest=state.digest,
                as_declared=state.holds(declarations.get(name, "")),
            )


def statement_of(snapshot: Snapshot) -> Statement:
    """Return the statement that is signed; texts of systems are without the credentials of this process."""
    predicate: dict[str, Any] = _redacted(snapshot.model_dump(mode="json"))
    subjects = {"contract": snapshot.contract}
    subjects |= {f"state of {one.name}": one.digest for one in snapshot.stacks if one.digest}
    return Statement(PREDICATE_TYPE, subjects, predicate)


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, dict):
        return {name: _redacted(one) for name, one in value.items()}
    return [_redacted(one) for one in value] if isinstance(value, list) else value
