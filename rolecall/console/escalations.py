"""The list of escalations as a table or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from rolecall.access.graph.escalation_problems import accepted, name_of
from rolecall.access.graph.escalations import Escalation
from rolecall.compiled import CompiledContract, environment_named
from rolecall.console.output import SCHEMA_VERSION, Format, cell, err, out, print_document, print_table
from rolecall.console.shown import terminal

if TYPE_CHECKING:
    from rolecall.documents.access import EscalationRow


# How many things that are gained a row of the table names.
SHOWN = 4


def show_escalations(
    compiled: CompiledContract, environment: str | None, today: date, output: Format, *, live: bool = False
) -> None:
    """Write the escalations, and the rights that result.

    Args:
        compiled: the contract.
        environment: only this one; all where none is named.
        today: the day on which acceptances have to hold.
        output: table or JSON.
        live: read the systems; otherwise use the contract's grants.

    Raises:
        InvalidContract: the contract has no such environment.
    """
    if environment is not None:
        environment_named(compiled.contract, environment)
    every = live_escalations(compiled) if live else compiled.compilation.escalations
    found = [one for one in every if environment in (None, one.environment)]
    rows = [_row(compiled, one, today) for one in found]
    if output is Format.JSON:
        print_document({"schema_version": SCHEMA_VERSION, "escalations": rows})
        return
    if not rows:
        out.print("no subject may act as a stronger one")
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("environment", "who", "acting as", "since it", "gains", "accepted"):
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*map(cell, _cells(row)))
    print_table(table)
    out.print(f"{len(rows):,} escalations")


def live_escalations(compiled: CompiledContract) -> Sequence[Escalation]:
    """Return the escalations of live access; rights without a step in the graph are listed on standard error."""
    from rolecall.access.graph.escalations import Reach, escalations_of
    from rolecall.access.graph.live_powers import with_steps
    from rolecall.access.graph.powers import powers_of
    from rolecall.parity.compare import compare
    from rolecall.parity.live_access import live_access
    from rolecall.systems.registry import SYSTEMS

    contract = compiled.contract
    seen = live_access(compare(compiled, list(contract.environments), SYSTEMS))
    for warning in (*seen.unknown, *seen.unplaced):
        err.print(f"[yellow]not in the graph:[/] {terminal(warning)}")
    powers = powers_of(contract, compiled.loaded.places)
    return escalations_of(contract, Reach(*with_steps(powers, seen.access, seen.steps, seen.members)))


def _row(compiled: CompiledContract, one: Escalation, today: date) -> EscalationRow:
    contract = compiled.contract
    acceptance = accepted(contract, one, today)
    return {
        "environment": one.environment,
        "protected": contract.environments[one.environment].protected,
        "needs_acceptance": one.needs_acceptance,
        "of": name_of(one.of),
        "acting_as": name_of(one.acting_as),
        "through": [
            {"verb": str(grant.verb), "kind": str(grant.target.kind), "object": grant.target.name}
            for grant in one.through
        ],
        "why": one.why,
        "gains": [{"verb": str(verb), "kind": str(target.kind), "object": target.name} for target, verb in one.gained],
        "accepted": acceptance.model_dump(mode="json", by_alias=True) if acceptance else None,
    }


def _cells(row: EscalationRow) -> list[str]:
    through = [f"may {one['verb']} {one['kind'].replace('_', ' ')} {one['object']}" for one in row["through"]]
    gains = [f"{one['verb']} on {one['kind'].replace('_', ' ')} {one['object']}" for one in row["gains"]]
    acceptance = row["accepted"]
    unasked = "not needed" if row["protected"] else "not protected"
    held = f"until {acceptance['expires']}, {acceptance['ticket']}" if acceptance else unasked
    return [
        row["environment"],
        row["of"],
        row["acting_as"],
        "\n".join(_short(through)) or f"{row['why']} it",
        "\n".join(_short(gains)) or "what it does",
        held,
    ]


def _short(lines: list[str]) -> list[str]:
    return lines if len(lines) <= SHOWN else [*lines[: SHOWN - 1], f"and {len(lines) - SHOWN + 1:,} more"]
