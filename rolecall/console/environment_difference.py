"""The difference between two environments as a table, JSON or Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from rolecall.access.environment_difference import EnvironmentDifference, Side, environment_differences
from rolecall.access.grant import Reason
from rolecall.compiled import CompiledContract, environment_named
from rolecall.console.output import SCHEMA_VERSION, DifferenceFormat, cell, out, print_document, print_table, print_text
from rolecall.console.reasons import reason_row
from rolecall.console.shown import markdown, markdown_lines, terminal
from rolecall.errors import UsageError

if TYPE_CHECKING:
    from rolecall.documents import access as documents
    from rolecall.documents.access import DifferenceRow


def show_environment_difference(compiled: CompiledContract, first: str, second: str, output: DifferenceFormat) -> bool:
    """Write what differs in access between two environments, and why; return whether anything does.

    Raises:
        InvalidContract: the contract has no such environment.
        UsageError: both are the same.
    """
    for name in (first, second):
        environment_named(compiled.contract, name)
    if first == second:
        raise UsageError(f"{first!r} is compared with itself", "Name two environments: --environments dev prod.")
    found = environment_differences(compiled.compilation.grants, compiled.access, first, second)
    if output is DifferenceFormat.JSON:
        differences = [_json(one, first, second) for one in found]
        print_document({"schema_version": SCHEMA_VERSION, "environments": [first, second], "differences": differences})
    elif output is DifferenceFormat.MARKDOWN:
        print_text(_markdown(found, first, second))
    else:
        _print_table(found, first, second)
    return bool(found)


def _json(one: EnvironmentDifference, first: str, second: str) -> DifferenceRow:
    return {
        "kind": str(one.kind),
        "object": one.name or None,
        "subject": one.subject,
        "sides": {first: _side_json(one.first), second: _side_json(one.second)},
    }


def _side_json(side: Side) -> documents.Side:
    return {
        "exists": side.exists,
        "verb": str(side.verb) if side.verb else None,
        "reasons": [reason_row(reason) for reason in side.reasons],
    }


def _shown(one: EnvironmentDifference) -> str:
    return f"{one.kind.replace('_', ' ')} {one.name}".strip()


def _verb(side: Side) -> str:
    return str(side.verb) if side.verb else "nothing" if side.exists else "no such object"


def _why(one: EnvironmentDifference, first: str, second: str) -> str:
    """Write the reasons of each side with a grant."""
    lines = [
        f"{name}: {_reason(reason)}"
        for name, side in ((first, one.first), (second, one.second))
        for reason in side.reasons
    ]
    return "\n".join(lines)


def _reason(reason: Reason) -> str:
    text = f"role {reason.role}" if reason.role else reason.because
    ticket = f", {reason.ticket}" if reason.ticket else ""
    return f"{text}{ticket}" + (f"  {reason.place}" if reason.place else "")


def _print_table(found: Sequence[EnvironmentDifference], first: str, second: str) -> None:
    if not found:
        out.print(f"{terminal(first)} and {terminal(second)} give the same access")
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("object", "subject", first, second, "why"):
        table.add_column(cell(column), overflow="fold")
    previous = ""
    for one in found:
        head = _shown(one) if _shown(one) != previous else ""
        previous = _shown(one)
        table.add_row(*map(cell, (head, one.subject, _verb(one.first), _verb(one.second), _why(one, first, second))))
    print_table(table)
    out.print(f"{len(found):,} differences between {terminal(first)} and {terminal(second)}")


def _markdown(found: Sequence[EnvironmentDifference], first: str, second: str) -> str:
    if not found:
        return f"{markdown(first)} and {markdown(second)} give the same access."
    rows = [("object", "subject", first, second, "why")]
    rows += [(_shown(one), one.subject, _verb(one.first), _verb(one.second), _why(one, first, second)) for one in found]
    head, *body = [f"| {' | '.join(map(markdown_lines, row))} |" for row in rows]
    return "\n".join([head, "| --- | --- | --- | --- | --- |", *body])
