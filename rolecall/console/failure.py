"""Show why a command failed."""

from __future__ import annotations

from rolecall.console.output import cell, err
from rolecall.console.problems import show_problems
from rolecall.contract.repository import standard_input_text
from rolecall.errors import InvalidContract, RolecallError


def show_error(error: RolecallError) -> None:
    """Write an error to standard error, with how to continue."""
    if isinstance(error, InvalidContract):
        show_problems(error, standard_input_text())
        return
    err.print(f"[red]error:[/] {cell(error.what)}")
    if error.how_to_go_on:
        err.print(f"    {cell(error.how_to_go_on)}")
