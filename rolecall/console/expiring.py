"""What ends soon, or has ended: as a list of its own, and as warnings of other commands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from rich import box
from rich.table import Table

from rolecall.access.expiring import WARN_WITHIN, Expiry, expirations, order, when, within
from rolecall.compiled import CompiledContract
from rolecall.console.answer_format import AnswerFormat
from rolecall.console.output import SCHEMA_VERSION, err, out, print_document, print_table
from rolecall.console.shown import terminal
from rolecall.errors import Place, UsageError
from rolecall.project import find_project

DAYS_IN = {"": 1, "d": 1, "w": 7}


def days_of(text: str) -> int:
    """Return the days that a text means: 30, 30d or 4w.

    Raises:
        UsageError: it is none of these.
    """
    found = re.fullmatch(r"(\d{1,5})([dw]?)", text.strip())
    if found is None:
        raise UsageError(f"--within is {text!r}", "Write days or weeks, say 30d or 4w.")
    return int(found.group(1)) * DAYS_IN[found.group(2)]


def ending_soon(compiled: CompiledContract, today: date, days: int = WARN_WITHIN) -> list[Expiry]:
    """Return what ends within some days, or has ended, in the contract and among the exemptions of its project."""
    entries = [*expirations(compiled.contract, compiled.loaded.places), *_exemptions(compiled, today)]
    return sorted(within(entries, days, today), key=order)


def _exemptions(compiled: CompiledContract, today: date) -> Iterable[Expiry]:
    """Yield the exemptions from policies, which lie beside Pulumi.yaml."""
    root = find_project(Path.cwd())
    if root is None or not compiled.loaded.files:
        return
    # What reads them takes a while to import.
    from rolecall.policies.exemptions import FILE, load_exemptions

    if not (root / FILE).is_file():
        return
    for one in load_exemptions(root, today).entries:
        file, _, line = one.place.rpartition(":")
        place = Place(file, int(line)) if line.isdigit() else None
        what = f"of {one.resource} in {one.stack} from {one.rule}"
        yield Expiry("exemption", what, one.until, one.owner, place, "the rule blocks it afterwards")


def show_expiring(
    compiled: CompiledContract, entries: Sequence[Expiry], today: date, days: int, output: AnswerFormat
) -> None:
    """Write what ends, the next one first, and which rights end with bindings, by which path.

    Args:
        compiled: the contract.
        entries: what ends within some days.
        today: the day.
        days: how many days that is.
        output: how to write it; as CSV, Markdown or a drawing, the rights with their paths.
    """
    from rolecall.access.graph.ending import ending_rights
    from rolecall.console.questions import row_of, show_found

    last_days = {one.expires for one in entries if one.kind == "binding" and one.days(today) >= 0}
    rights = ending_rights(compiled.contract, compiled.loaded.places, last_days)
    # A binding of today has the same grants on each later day until it ends.
    grants = compiled.compilation.grants
    if output is AnswerFormat.JSON:
        print_document(
            {
                "schema_version": SCHEMA_VERSION,
                "expiring": [one.to_json(today) for one in entries],
                "rights": [
                    {**row_of(one.answer, grants), "expires": one.expires.isoformat(), "after": one.after or None}
                    for one in rights
                ],
            }
        )
        return
    if output is not AnswerFormat.TABLE:
        show_found(grants, [one.answer for one in rights], output, f"no right ends within {days:,} days")
        return
    if not entries:
        out.print(f"nothing ends within {days:,} days")
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("", "last day", "what", "owner", "afterwards", "where"):
        table.add_column(column, overflow="fold")
    for one in entries:
        ended = one.days(today) < 0
        head = f"[{'red' if ended else 'yellow'}]{when(one.days(today))}[/]"
        row = (f"{one.kind} {one.what}", one.owner, one.effect, str(one.place or ""))
        table.add_row(head, one.expires.isoformat(), *map(terminal, row))
    print_table(table)
    if rights:
        out.print("rights that end with bindings:")
        show_found(grants, [one.answer for one in rights], output, "")


def warn(entries: Sequence[Expiry], today: date, *, to_stderr: bool) -> None:
    """Warn of what ends soon; the commands themselves report what has ended.

    Args:
        entries: what ends within some days.
        today: the day.
        to_stderr: standard output is for machines.
    """
    console = err if to_stderr else out
    for one in entries:
        where = f"  {one.place}" if one.place else ""
        if one.days(today) >= 0:
            console.print(f"[yellow]ends soon:[/] {terminal(one.sentence(today) + where)}")
