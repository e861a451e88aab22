"""The history of deployments, and what is deployed where, as tables or JSON."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from rolecall.console.output import SCHEMA_VERSION, Format, cell, out, print_document, print_table
from rolecall.contract.contract import Contract
from rolecall.deploy.deployed import Run, Standing, runs_of, standings
from rolecall.deploy.run_message import RunMessage, read_message
from rolecall.engine.history import Update
from rolecall.engine.state import States

if TYPE_CHECKING:
    from rolecall.documents.history import RunRow, StandingRow, WhoRow

COMMIT = 10
# Stacks that a cell names.
NAMED = 3


def show_history(states: States, names: Collection[str], limit: int, output: Format) -> None:
    """Write the latest runs."""
    runs = runs_of(states, names)
    if output is Format.JSON:
        print_document({"schema_version": SCHEMA_VERSION, "runs": [_run(one) for one in runs[:limit]]})
        return
    if not runs:
        out.print("nothing was deployed from here yet")
        return
    rows = [
        (_when(one.at), one.kind, one.result, _stacks(one), _changes(one), *_who_cells(one.message, one.updates[0]))
        for one in runs[:limit]
    ]
    _print(("when (UTC)", "what", "result", "stacks", "changes", "by", "commit", "job"), rows)
    if len(runs) > limit:
        out.print(f"[dim]and {len(runs) - limit:,} earlier ones; --limit shows more[/]")


def show_summary(contract: Contract, states: States, output: Format) -> None:
    """Write the content of each stack."""
    found = [*standings(contract, states)]
    if output is Format.JSON:
        account = contract.databricks.account_id
        stacks = [_standing(one) for one in found]
        organization = contract.organization
        print_document(
            {"schema_version": SCHEMA_VERSION, "organization": organization, "account": account, "stacks": stacks}
        )
        return
    rows = [
        (
            one.stack,
            one.status,
            f"{one.resources:,}",
            _when(one.deployed.at) if one.deployed else "",
            *_who_cells(read_message(one.deployed.message) if one.deployed else None, one.deployed),
            one.workspace,
        )
        for one in found
    ]
    _print(("stack", "status", "resources", "deployed (UTC)", "by", "commit", "job", "where"), rows)


def _print(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    used = [number for number in range(len(columns)) if any(row[number] for row in rows)]
    for number in used:
        table.add_column(cell(columns[number]), overflow="fold")
    for row in rows:
        cells = [cell(row[number]) for number in used]
        table.add_row(*cells)
    print_table(table)


def _when(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


def _stacks(run: Run) -> str:
    names = [one.stack for one in run.updates]
    rest = [f"and {len(names) - NAMED:,} more"] if len(names) > NAMED else []
    return ", ".join([*names[:NAMED], *rest])


def _changes(run: Run) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in run.changes.items()) or "none"


def _who_cells(message: RunMessage | None, update: Update | None) -> tuple[str, str, str]:
    who = _who(message, update)
    by = " as ".join(text for text in (who["actor"], who["principal"]) if text)
    commit = (who["commit"] or "")[:COMMIT]
    return by, f"{commit} with local changes" if who["changed"] else commit, who["job"] or ""


def _who(message: RunMessage | None, update: Update | None) -> WhoRow:
    if message is not None:
        return {
            "actor": message.actor or None,
            "principal": message.principal or None,
            "commit": message.commit or None,
            "changed": message.changed,
            "job": message.job or None,
        }
    # What the engine has found out by itself, for runs of plain `pulumi`.
    facts = update.facts if update is not None else {}
    return {
        "actor": facts.get("git.committer") or None,
        "principal": None,
        "commit": facts.get("git.head") or None,
        "changed": facts.get("git.dirty") == "true",
        "job": facts.get("ci.build.url") or None,
    }


def _run(one: Run) -> RunRow:
    return {
        "at": one.at.isoformat(),
        "kind": one.kind,
        "result": one.result,
        "changes": one.changes,
        "by": _who(one.message, one.updates[0]),
        "stacks": [
            {"stack": each.stack, "kind": each.kind, "result": each.result, "changes": dict(each.changes)}
            for each in one.updates
        ],
    }


def _standing(one: Standing) -> StandingRow:
    good = one.deployed
    return {
        "stack": one.stack,
        "environment": one.environment or None,
        "project": one.project or None,
        "workspace": one.workspace or None,
        "status": one.status,
        "resources": one.resources,
        "deployed_at": good.at.isoformat() if good else None,
        "by": _who(read_message(good.message), good) if good else None,
    }
