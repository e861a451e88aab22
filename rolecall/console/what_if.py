"""What a change of a contract would change, as a table, JSON, CSV or Markdown."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from rolecall.access import Compilation, compile_contract
from rolecall.access.graph.changes import Difference, differences, with_binding, without_group
from rolecall.access.graph.escalation_problems import new_escalations
from rolecall.access.graph.graph import AccessGraph, build
from rolecall.access.graph.nodes import actor_name, actor_type
from rolecall.access.graph.powers import powers_of
from rolecall.compiled import CompiledContract
from rolecall.console.answer_format import AnswerFormat
from rolecall.console.output import SCHEMA_VERSION, cell, out, print_document, print_table, print_text
from rolecall.console.shown import csv_cell, markdown, markdown_lines, terminal
from rolecall.contract import Contract
from rolecall.errors import Problem, UsageError
from rolecall.today import today

if TYPE_CHECKING:
    from rolecall.documents.questions import Refusal, RightChange


COLUMNS = ("subject", "subject_type", "kind", "object", "environment", "before", "after")
TABLE = ("who", "type", "object", "before", "after")


def show_change(compiled: CompiledContract, without: Sequence[str], added: Sequence[str], output: AnswerFormat) -> bool:
    """Write what a change would change; return whether `check` would refuse the changed contract for it.

    Args:
        compiled: the contract.
        without: groups that are taken out.
        added: bindings that are added.
        output: how to write it.

    Raises:
        UsageError: nothing is changed, or the change names what there is not, or the format is one for paths.
    """
    if not without and not added:
        raise UsageError("nothing is changed", "Write `--remove-group GROUP` or `--add-binding role=…,to=…,in=…`.")
    if output in (AnswerFormat.DOT, AnswerFormat.MERMAID, AnswerFormat.OPENGRAPH):
        raise UsageError(f"a change has no paths to draw as {output}", "Write it as table, json, csv or markdown.")
    contract = compiled.contract
    for written in added:
        contract = with_binding(contract, written)
    for name in without:
        contract = without_group(contract, name)
    places = compiled.loaded.places
    after = compile_contract(contract, places, today())
    found = differences(_graph(compiled.contract, compiled.compilation), _graph(contract, after), without)
    before = compiled.compilation
    new = new_escalations(before.escalations, after.escalations)
    gone = new_escalations(after.escalations, before.escalations)
    known = {(one.id, one.what) for one in before.refusals}
    refusals = [one for one in (*after.problems, *after.refusals) if (one.id, one.what) not in known]
    _show(found, new, gone, refusals, output)
    return bool(refusals)


def _graph(contract: Contract, compilation: Compilation) -> AccessGraph:
    return build(powers_of(contract), compilation.access)


def _row(one: Difference) -> RightChange:
    return {
        "subject": actor_name(one.actor),
        "subject_type": actor_type(one.actor),
        "kind": str(one.target.kind),
        "object": one.target.name,
        "environment": one.target.environment,
        "before": one.before or None,
        "after": one.after or None,
    }


def _show(
    found: Sequence[Difference],
    new: Sequence[str],
    gone: Sequence[str],
    refusals: Sequence[Problem],
    output: AnswerFormat,
) -> None:
    rows = [_row(one) for one in found]
    if output is AnswerFormat.JSON:
        refused: list[Refusal] = [
            {"id": one.id, "place": str(one.place) if one.place else None, "what": one.what} for one in refusals
        ]
        print_document(
            {
                "schema_version": SCHEMA_VERSION,
                "rights": rows,
                "new_escalations": [*new],
                "ended_escalations": [*gone],
                "refused": refused,
            }
        )
        return
    if output is AnswerFormat.CSV:
        writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: csv_cell(value or "") for name, value in row.items()} for row in rows)
        return
    lines = [*(f"new escalation: {one}" for one in new), *(f"no escalation any more: {one}" for one in gone)]
    lines += [f"refused: {one.what} [{one.id}]" for one in refusals]
    cells = [
        (actor_name(one.actor), actor_type(one.actor), str(one.target), one.before or "nothing", one.after or "nothing")
        for one in found
    ]
    if output is AnswerFormat.MARKDOWN:
        table = [f"| {' | '.join(TABLE)} |", f"|{' --- |' * len(TABLE)}"]
        table += [f"| {' | '.join(map(markdown_lines, row))} |" for row in cells]
        print_text("\n".join([*(table if cells else [markdown("no access changes")]), "", *map(_item, lines)]))
        return
    if not cells:
        out.print("no access changes")
    else:
        table_ = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for column in TABLE:
            table_.add_column(column, overflow="fold")
        for row in cells:
            table_.add_row(*map(cell, row))
        print_table(table_)
        out.print(f"{len(cells):,} rights change")
    for line in lines:
        out.print(terminal(line))


def _item(line: str) -> str:
    return f"- {markdown(line)}"
