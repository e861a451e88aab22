"""The result of writing a report, on the terminal."""

from __future__ import annotations

from rolecall.console.output import out
from rolecall.console.shown import terminal
from rolecall.report.page import Page
from rolecall.report.writing import Written

COLOURS = {"equal": "green", "different": "red", "unknown": "magenta", "not-compared": "yellow"}


def show_written(page: Page, written: Written) -> None:
    """Write the verdict, and where the page is."""
    verdict = page.verdict
    out.print(f"[{COLOURS[verdict.state]}]{terminal(verdict.state)}[/]  {terminal(verdict.sentence)}")
    if verdict.remark:
        out.print(f"  {terminal(verdict.remark)}")
    counts = f"{len(page.matrix.rows):,} rights of {len(page.subjects):,} subjects on {len(page.objects):,} objects"
    out.print(f"  {terminal(counts)}")
    out.print(f"wrote {terminal(written.path)}: {written.size:,} bytes, SHA-256 {written.digest}")
