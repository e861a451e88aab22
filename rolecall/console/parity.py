"""A parity report as a table or JSON."""

from __future__ import annotations

from rich import box
from rich.table import Table

from rolecall.console.output import ReportFormat, cell, out, print_document, print_table, print_text
from rolecall.console.parity_documents import html, markdown
from rolecall.console.shown import terminal
from rolecall.errors import ExitCode
from rolecall.parity.compare import REFRESH
from rolecall.parity.leftovers import NOT_DECLARED
from rolecall.parity.report import CellState, Finding, FindingKind, Matrix, Report, SystemSummary

COLOURS = {
    FindingKind.MISSING: "yellow",
    FindingKind.EXTRA: "red",
    FindingKind.DIFFERENT: "red",
    FindingKind.UNKNOWN: "magenta",
    FindingKind.UNMANAGED: "red",
}


CELLS = {
    CellState.EQUAL: "green",
    CellState.DIFFERENT: "red",
    CellState.UNKNOWN: "magenta",
    CellState.NOTHING: "dim",
}


def show_report(report: Report, output: ReportFormat = ReportFormat.TABLE) -> None:
    """Write a report."""
    if output is ReportFormat.JSON:
        print_document(report.to_json())
        return
    if output is not ReportFormat.TABLE:
        text = markdown(report) if output is ReportFormat.MARKDOWN else html(report)
        print_text(text)
        return
    for system in report.systems:
        if system.failure:
            out.print(f"[magenta]unknown[/]  {terminal(system.name)}: {cell(system.failure)}")
        else:
            out.print(terminal(_summary(system)))
    if report.matrix and (not report.findings or _differs(report.matrix)):
        _show_matrix(report.matrix)
    if report.jobs:
        _show_matrix(report.jobs)
    for where, what in report.others:
        out.print(f"[dim]{terminal(where)} also has {terminal(what)}; it reaches nothing of the contract[/]")
    if report.resources:
        out.print(f"compared every declared property of {report.resources:,} resources")
    for left_out in report.not_read:
        out.print(f"[dim]not read: {terminal(left_out)}[/]")
    if report.never_read:
        out.print(f"[dim]never read: {terminal('; '.join(report.never_read))}[/]")
    for one in report.ending:
        out.print(f"[yellow]ends[/]     {terminal(one.sentence)}")
    if not report.findings:
        out.print("[green]parity[/]   live access equals the contract")
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("", "object", "subject", "contract", "live", "where"):
        table.add_column(column, overflow="fold")
    shown = _shown(report)
    for finding in shown:
        kind = f"[{COLOURS[finding.kind]}]{finding.kind}[/]"
        place = str(finding.place) if finding.place else ""
        row = (finding.about, finding.subject, finding.given or "nothing", finding.live or "nothing", place)
        table.add_row(kind, *map(cell, row))
    if shown:
        print_table(table)
        count = f"{len(shown):,} finding{'' if len(shown) == 1 else 's'}"
        out.print(f"[red]no parity[/]  {terminal('; '.join([count, *_advice(report)]))}")
        for how in _hows(report):
            if not how.startswith("`rolecall"):
                out.print(f"by hand    {terminal(how)}")
    if report.exit_code == ExitCode.UNREACHABLE:
        out.print("[magenta]unknown[/]  a system could not be read, and nothing is concluded about it; repeat the run")


def _differs(matrix: Matrix) -> bool:
    """Return whether a group differs somewhere; a person who holds a right by themselves is in no row."""
    return any(cell.state in (CellState.DIFFERENT, CellState.UNKNOWN) for row in matrix.rows for cell in row.cells)


def _advice(report: Report) -> list[str]:
    """Return what repairs what was found: grants are Rolecall's to write, people are the identity provider's."""
    advice = []
    if any(one.given == NOT_DECLARED for one in report.findings):
        advice.append("`rolecall up` deletes what the contract does not have any more")
    grants = [one for one in report.findings if not one.how and one.given != NOT_DECLARED]
    repairs_grants = any(not one.group and one.kind is not FindingKind.UNKNOWN for one in grants)
    # Unknown access is not repaired but read again.
    every = {one.how for one in report.findings if one.kind is not FindingKind.UNKNOWN}
    commands = [one for one in _hows(report) if one.startswith("`rolecall")]
    noun = "the rest" if every - {*commands} else "all of it"
    if repairs_grants and REFRESH in commands:
        commands.remove(REFRESH)
        advice.append(f"{REFRESH} repairs grants and declared properties")
    elif repairs_grants:
        advice.append(f"{REFRESH} repairs grants")
    if commands:
        advice.append(f"{' and '.join(commands)} {'repair' if len(commands) > 1 else 'repairs'} {noun}")
    if any(one.group for one in grants):
        advice.append("groups follow the identity provider: see whether it has provisioned")
    return advice


def _hows(report: Report) -> list[str]:
    """Return what repairs findings that say so themselves, each once."""
    return list(dict.fromkeys(one.how for one in report.findings if one.how))


def _summary(system: SystemSummary) -> str:
    """Return what was read of a system, in a sentence."""
    read = [
        f"{system.groups:,} groups with {system.memberships:,} memberships" if system.groups else "",
        f"{system.grants:,} grants on {system.objects:,} objects" if system.objects or not system.groups else "",
    ]
    what = " and ".join(part for part in read if part)
    others = f"; {system.unmanaged:,} more are not the contract's" if system.unmanaged else ""
    return f"{system.name}: read {what} with {system.calls:,} calls in {system.seconds:.1f} s{others}"


def _show_matrix(matrix: Matrix) -> None:
    """Write the matrix; where something differs, only the rows in which it does."""
    fine = [row for row in matrix.rows if all(cell.state in (CellState.EQUAL, CellState.NOTHING) for cell in row.cells)]
    rows = [row for row in matrix.rows if row not in fine] or list(matrix.rows)
    out.print(_matrix(Matrix(matrix.columns, tuple(rows), matrix.noun, matrix.key)))
    if len(rows) < len(matrix.rows):
        nouns = matrix.noun.replace(" or ", "s and ")
        out.print(f"[dim]{len(fine):,} more {terminal(nouns)}s are equal in every system[/]")


def _matrix(matrix: Matrix) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in (matrix.noun, *matrix.columns):
        table.add_column(cell(column), overflow="fold")
    for row in matrix.rows:
        cells = [f"[{CELLS[one.state]}]{terminal(one.text)}[/]" for one in row.cells]
        table.add_row(terminal(row.name), *cells)
    return table


def _shown(report: Report) -> list[Finding]:
    """Return the findings, those of a system that does not answer folded into one."""
    failures = {system.failure for system in report.systems if system.failure}
    return [
        finding for finding in report.findings if not (finding.kind is FindingKind.UNKNOWN and finding.live in failures)
    ]
