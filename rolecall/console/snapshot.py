"""Take a snapshot of live access, sign it, and summarize it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from rolecall import settings
from rolecall.attestations.keys import SigningKey
from rolecall.attestations.statement import write_statement
from rolecall.compiled import compile_file
from rolecall.console.output import out
from rolecall.console.project_root import project_states
from rolecall.console.shown import terminal
from rolecall.contract.revision_digest import contract_digest
from rolecall.parity.run import full_report
from rolecall.revision import revision_of
from rolecall.slices.looking_up import look_up_all
from rolecall.slices.part import digests_of
from rolecall.snapshots.snapshot import Snapshot
from rolecall.snapshots.taking import Origin, snapshot_of, stack_rows, statement_of
from rolecall.systems.registry import SYSTEMS

UNREAD = 3


def take_snapshot(contract: Path, file: Path, key: SigningKey, environment: Mapping[str, str]) -> int:
    """Read everything that the contract declares, write it to a file, and return the exit code.

    Args:
        contract: the contract's main file.
        file: the file for the signed snapshot.
        key: the key that signs it.
        environment: environment variables.

    Raises:
        InvalidContract: the contract is not valid.
        SystemUnreachable: the account does not answer.
        OutputUnwritable: the file cannot be written.
    """
    began = datetime.now(UTC).replace(microsecond=0)
    compiled = compile_file(contract, began.date())
    # Providers read, and sign nothing.
    variables = {name: value for name, value in environment.items() if name != settings.SIGNING_KEY.name}
    states = project_states(Path.cwd(), variables)
    report = full_report(compiled, [*compiled.contract.environments], SYSTEMS, states, None, variables)
    revision = revision_of(contract.absolute().parent)
    commit = revision.commit if revision is not None and not revision.changed else None
    origin = Origin(began, contract_digest(contract), commit)
    lookups = look_up_all(compiled)
    rows = () if states is None else stack_rows(states, digests_of(compiled, lookups))
    found = snapshot_of(compiled, report, lookups, rows, origin)
    write_statement(file, statement_of(found), key)
    _show(found, file)
    return UNREAD if found.unread else 0


def take_snapshot_here(contract: Path, file: Path, key: SigningKey) -> int:
    """Take a snapshot with the environment of this process; errors as those of `take_snapshot`."""
    return take_snapshot(contract, file, key, os.environ)


def _show(found: Snapshot, file: Path) -> None:
    known = sum(1 for one in found.groups if one.people is not None)
    out.print(
        f"{terminal(file)}: {len(found.grants):,} grants in {len(found.systems):,} systems, "
        f"{len(found.groups):,} groups ({known:,} with their people), {len(found.stacks):,} states, "
        f"{len(found.findings):,} findings"
    )
    for one in found.unread:
        out.print(f"[magenta]unknown[/]  {terminal(one.name)}: {terminal(one.failure, lines=True)}")
