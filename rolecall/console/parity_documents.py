"""A parity report as a document: Markdown for pull requests, a page of HTML."""

from __future__ import annotations

from collections.abc import Sequence

from rolecall.console.shown import html as html_text
from rolecall.console.shown import markdown as markdown_text
from rolecall.errors import ExitCode
from rolecall.parity.report import CellState, Finding, Matrix, Report

MARKS = {CellState.EQUAL: "✓", CellState.DIFFERENT: "✗", CellState.UNKNOWN: "?", CellState.NOTHING: "·"}
SYSTEM_COLUMNS = ("system", "groups", "memberships", "objects", "grants", "calls", "seconds", "answered")
FINDING_COLUMNS = ("finding", "what", "who", "contract", "live", "where", "repair")
ENDING_COLUMNS = ("last day", "what", "which", "owner", "afterwards", "where")
STYLE = """\
:root { color-scheme: light dark; --line: #8884; --good: #1a7f37; --bad: #cf222e; --unknown: #8250df; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.05rem; margin-top: 2rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; white-space: nowrap; }
.equal { color: var(--good); } .different, .missing, .extra { color: var(--bad); } .unknown { color: var(--unknown); }
.nothing { opacity: .5; }
.verdict { font-weight: 600; }
"""


def markdown(report: Report) -> str:
    """Return a report in Markdown."""
    parts = [f"## {markdown_text(_verdict(report))}", _table(SYSTEM_COLUMNS, _systems(report))]
    for title, matrix in _matrices(report):
        rows = [[row.name, *(f"{MARKS[cell.state]} {cell.text}" for cell in row.cells)] for row in matrix.rows]
        parts += [f"### {title}", _table((matrix.noun, *matrix.columns), rows)]
    if report.findings:
        parts += ["### Findings", _table(FINDING_COLUMNS, [_finding(one) for one in report.findings])]
    if report.ending:
        parts += ["### Ends soon", _table(ENDING_COLUMNS, _endings(report))]
    for title, lines in _lists(report):
        parts += [f"### {title}", "\n".join(f"- {markdown_text(line)}" for line in lines)]
    return "\n\n".join(parts)


def html(report: Report) -> str:
    """Return a report as a page that needs nothing else."""
    state = "unknown" if report.exit_code == ExitCode.UNREACHABLE else "different" if report.exit_code else "equal"
    parts = [f'<p class="verdict {state}">{html_text(_verdict(report))}</p>']
    parts.append(_html_table(SYSTEM_COLUMNS, [[(text, "") for text in row] for row in _systems(report)]))
    for title, matrix in _matrices(report):
        cells = [
            [(row.name, ""), *((f"{MARKS[cell.state]} {cell.text}", str(cell.state)) for cell in row.cells)]
            for row in matrix.rows
        ]
        parts += [f"<h2>{title}</h2>", _html_table((matrix.noun, *matrix.columns), cells)]
    if report.findings:
        found = [
            [(text, "" if number else str(one.kind)) for number, text in enumerate(_finding(one))]
            for one in report.findings
        ]
        parts += ["<h2>Findings</h2>", _html_table(FINDING_COLUMNS, found)]
    if report.ending:
        rows = [[(text, "") for text in row] for row in _endings(report)]
        parts += ["<h2>Ends soon</h2>", _html_table(ENDING_COLUMNS, rows)]
    for title, lines in _lists(report):
        items = "".join(f"<li>{html_text(line)}</li>" for line in lines)
        parts += [f"<h2>{title}</h2>", f"<ul>{items}</ul>"]
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Parity</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>Parity</h1>\n{body}\n</body>\n</html>"
    )


def _lists(report: Report) -> list[tuple[str, list[str]]]:
    others = [f"{system}: {what}" for system, what in report.others]
    found = [("Not the contract's, and out of its reach", others), ("Not read", [*report.not_read, *report.never_read])]
    return [(title, lines) for title, lines in found if lines]


def _matrices(report: Report) -> list[tuple[str, Matrix]]:
    every = (("Groups", report.matrix), ("Jobs and services", report.jobs))
    return [(title, matrix) for title, matrix in every if matrix is not None]


def _verdict(report: Report) -> str:
    silent = [system.name for system in report.systems if system.failure]
    if silent:
        return f"Unknown: {', '.join(silent)} could not be read whole; nothing is concluded about it"
    count = len(report.findings)
    if count:
        return f"No parity: {count:,} finding{'' if count == 1 else 's'}"
    return "Parity: live access equals the contract"


def _systems(report: Report) -> list[list[str]]:
    return [
        [
            one.name,
            f"{one.groups:,}",
            f"{one.memberships:,}",
            f"{one.objects:,}",
            f"{one.grants:,}",
            f"{one.calls:,}",
            f"{one.seconds:.1f}",
            f"no: {one.failure}" if one.failure else "yes",
        ]
        for one in report.systems
    ]


def _endings(report: Report) -> list[list[str]]:
    rows = [one.row for one in report.ending]
    return [
        [row["expires"], row["kind"], row["what"], row["owner"] or "", row["effect"], row["place"] or ""]
        for row in rows
    ]


def _finding(one: Finding) -> list[str]:
    place = str(one.place) if one.place else ""
    return [str(one.kind), one.about, one.subject, one.given or "nothing", one.live or "nothing", place, one.how]


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def line(cells: Sequence[str]) -> str:
        return f"| {' | '.join(markdown_text(cell.replace(chr(10), ' ')) for cell in cells)} |"

    return "\n".join([line(columns), f"| {' | '.join(['---'] * len(columns))} |", *(line(row) for row in rows)])


def _html_table(columns: Sequence[str], rows: Sequence[Sequence[tuple[str, str]]]) -> str:
    head = "".join(f"<th>{html_text(column)}</th>" for column in columns)
    body = "\n".join(f"<tr>{''.join(_html_cell(text, state) for text, state in row)}</tr>" for row in rows)
    return f'<div class="scroll"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table></div>'


def _html_cell(text: str, state: str) -> str:
    return f'<td class="{state}">{html_text(text)}</td>' if state else f"<td>{html_text(text)}</td>"
