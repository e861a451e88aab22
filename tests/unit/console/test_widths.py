"""Tables: names and `file:line` stay whole, whatever the width; a pipe has that of COLUMNS."""

from __future__ import annotations

import pytest
from rich.table import Table

from rolecall.console.output import WIDTH_WITHOUT_TERMINAL, out, print_table, width_without_terminal

PLACE = "contract/projects/a-project-with-a-long-name.yaml:1234"
NAME = "analysts-of-a-department-with-a-long-name"


@pytest.mark.parametrize("columns", [20, 60, 200])
def test_names_and_places_stay_whole(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(out, "_width", columns)
    table = Table("group", "because")
    table.add_row(NAME, f"[dim]role engineer\n{PLACE}[/]")
    with out.capture() as captured:
        print_table(table)
    assert NAME in captured.get()
    assert PLACE in captured.get()
    assert out.width == columns, "only the table is wider"


def test_a_pipe_has_the_width_of_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    assert width_without_terminal() == 100
    monkeypatch.setenv("COLUMNS", "wide")
    assert width_without_terminal() == WIDTH_WITHOUT_TERMINAL
    monkeypatch.delenv("COLUMNS")
    assert width_without_terminal() == WIDTH_WITHOUT_TERMINAL
