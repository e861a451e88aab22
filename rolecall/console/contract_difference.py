"""The difference in access between two contracts as a table, JSON or Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from rolecall.access import Compilation, compile_contract
from rolecall.access.graph.comparison import (
    Change,
    Side,
    Verdict,
    compare_contracts,
    verdicts,
)
from rolecall.access.graph.escalation_problems import new_escalations
from rolecall.access.graph.nodes import actor_name, actor_type, rank_of
from rolecall.access.graph.places_changed import environments_of, places_changed
from rolecall.access.graph.words import sentence
from rolecall.compiled import CompiledContract
from rolecall.console.output import (
    SCHEMA_VERSION,
    DifferenceFormat,
    cell,
    out,
    print_document,
    print_table,
    print_text,
)
from rolecall.console.shown import markdown, markdown_lines, terminal
from rolecall.console.sides import Named
from rolecall.contract.contract import Contract

if TYPE_CHECKING:
    from rolecall.documents.access import ContractChange, ContractDifferences

Members = Mapping[str, Iterable[str]]
People = Callable[[Contract, Contract], tuple[Members, Members]]
COLUMNS = ("who", "object", "before", "after", "how")
SHARED = "shared by environments"


def show_contract_difference(
    first: Named, second: Named, today: date, output: DifferenceFormat, people: People | None = None
) -> bool:
    """Write who can do more or less under a later contract; return whether anything differs.

    Args:
        first: the earlier contract.
        second: the later one.
        today: the first day that counts.
        output: how to write it.
        people: returns the people in each group of the earlier and of the later contract, where they are known.

    Raises:
        InvalidContract: one of them is not valid.
    """
    report = difference_document(first, second, today, people)
    write_difference(report, output)
    equal = all(one["verdict"] == Verdict.EQUIVALENT for one in report["verdicts"])
    return not equal or bool(report["new_escalations"] or report["ended_escalations"])


def write_difference(report: ContractDifferences, output: DifferenceFormat) -> None:
    """Write a difference."""
    if output is DifferenceFormat.JSON:
        print_document(report)
    elif output is DifferenceFormat.MARKDOWN:
        print_text(_markdown(report))
    else:
        _print(report)


def difference_document(first: Named, second: Named, today: date, people: People | None = None) -> ContractDifferences:
    """Return what differs between an earlier and a later contract.

    Args:
        first: the earlier contract.
        second: the later one.
        today: the first day that counts.
        people: returns the people in each group of the earlier and of the later contract, where they are known.

    Raises:
        InvalidContract: one of them is not valid.
    """
    before, after = (_side(one.compiled(today), today) for one in (first, second))
    if people is not None:
        known = people(before.contract, after.contract)
        before, after = (replace(side, members=members) for side, members in zip((before, after), known, strict=True))

    def shown(text: str) -> str:
        return first.shown(second.shown(text))

    changes = compare_contracts(before, after, today)
    moved = places_changed(before.contract, after.contract)
    found = verdicts(changes, environments_of(before.contract, after.contract))
    old, new = before.compiled(today), after.compiled(today)
    return {
        "schema_version": SCHEMA_VERSION,
        "unknown": [],
        "before": first.name,
        "after": second.name,
        "verdicts": [
            {
                "environment": name,
                # What is held in another workspace is held on other objects.
                "verdict": str(Verdict.INCOMPARABLE if name in moved else verdict),
                "remark": moved.get(name or ""),
                "witness": witness_of(changes, name, shown),
            }
            for name, verdict in found.items()
        ],
        "changes": [row_of(one, shown) for one in changes],
        "new_escalations": new_escalations(old.escalations, new.escalations),
        "ended_escalations": new_escalations(new.escalations, old.escalations),
    }


def _side(compiled: CompiledContract, today: date) -> Side:
    known = {today: compiled.compilation}

    def on(day: date) -> Compilation:
        if day not in known:
            known[day] = compile_contract(compiled.contract, compiled.loaded.places, day)
        return known[day]

    return Side(compiled.contract, compiled.loaded.places, on)


def witness_of(changes: Sequence[Change], environment: str | None, shown: Callable[[str], str] = str) -> str | None:
    """Return the strongest gain in words."""
    gains = [one for one in changes if one.target.environment == environment and one.gains]
    if not gains:
        return None
    row = row_of(max(gains, key=lambda one: max(map(rank_of, one.after))), shown)
    return f"{row['path']}{_when(row)}"


def row_of(one: Change, shown: Callable[[str], str] = str) -> ContractChange:
    """Return a change as a row; `shown` changes how files are called."""
    return {
        "subject": actor_name(one.actor),
        "subject_type": actor_type(one.actor),
        "kind": str(one.target.kind),
        "object": one.target.name,
        "environment": one.target.environment,
        "change": "both" if one.gains and one.loses else "gain" if one.gains else "loss",
        "before": sorted(one.before),
        "after": sorted(one.after),
        "since": str(one.since) if one.since else None,
        "until": str(one.until) if one.until else None,
        "path": shown(sentence(one.way)),
        "place": shown(places[-1]) if (places := [place for step in one.way for place in step.places]) else None,
    }


def _when(row: ContractChange) -> str:
    since = f", from {row['since']}" if row["since"] else ""
    return since + (f", until {row['until']}" if row["until"] else "")


def cells_of(row: ContractChange) -> tuple[str, ...]:
    """Return the cells of a change, in the order of `COLUMNS`."""
    where = f" in {row['environment']}" if row["environment"] else ""
    thing = f"{row['kind'].replace('_', ' ')} {row['object']}{where}"
    before, after = (" and ".join(held) or "nothing" for held in (row["before"], row["after"]))
    return row["subject"], thing, before, f"{after}{_when(row)}", row["path"]


def groups_of(report: ContractDifferences) -> Mapping[str, list[ContractChange]]:
    """Return the gains and the losses."""
    return {
        "gains": [row for row in report["changes"] if row["change"] != "loss"],
        "losses": [row for row in report["changes"] if row["change"] == "loss"],
    }


def lines_of(report: ContractDifferences) -> list[str]:
    """Return a line for each new or ended escalation, and for each environment's verdict."""
    lines = [f"new escalation: {one}" for one in report["new_escalations"]]
    lines += [f"no escalation any more: {one}" for one in report["ended_escalations"]]
    lines += [f"unknown: {one}" for one in report["unknown"]]
    for one in report["verdicts"]:
        why = "; ".join(text for text in (one["remark"], one["witness"]) if text)
        lines.append(f"{one['environment'] or SHARED}: {one['verdict']}" + (f" ({why})" if why else ""))
    return lines


def _print(report: ContractDifferences) -> None:
    for title, rows in groups_of(report).items():
        if rows:
            table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left")
            for column in COLUMNS:
                table.add_column(column, overflow="fold")
            for row in rows:
                table.add_row(*map(cell, cells_of(row)))
            print_table(table)
    for line in lines_of(report):
        out.print(terminal(line))


def _markdown(report: ContractDifferences) -> str:
    lines = [f"Access in {markdown(report['after'])}, compared with {markdown(report['before'])}", ""]
    for title, rows in groups_of(report).items():
        if rows:
            lines += [f"**{len(rows):,} {title}**", "", f"| {' | '.join(COLUMNS)} |", f"|{' --- |' * len(COLUMNS)}"]
            lines += [f"| {' | '.join(map(markdown_lines, cells_of(row)))} |" for row in rows]
            lines.append("")
    return "\n".join([*lines, *(f"- {markdown(line)}" for line in lines_of(report))])
