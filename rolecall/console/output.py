"""How commands speak: colour only on a terminal, results on standard output, the rest on standard error."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from typing import Any

from rich.console import Console
from rich.markup import escape

from rolecall.errors import InvalidContract, RolecallError


class Format(StrEnum):
    """How a result is written."""

    TABLE = "table"
    JSON = "json"


class PolicyFormat(StrEnum):
    """How what policies found is written."""

    TABLE = "table"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"


class GrantsFormat(StrEnum):
    """How a list of grants is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class DifferenceFormat(StrEnum):
    """How a difference between environments is written."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


class ReportFormat(StrEnum):
    """How a parity report is written."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"


# Columns of tables where output goes into a file or a pipe, which have no width of their own.
WIDTH_WITHOUT_TERMINAL = 160

# soft_wrap keeps lines whole where output goes into a file or a pipe.
out = (
    Console(highlight=False)
    if sys.stdout.isatty()
    else Console(highlight=False, soft_wrap=True, width=WIDTH_WITHOUT_TERMINAL)
)
err = Console(highlight=False, stderr=True, soft_wrap=True)


def print_json(value: Any) -> None:
    """Write a value as JSON for machines."""
    sys.stdout.write(json.dumps(value, indent=2, default=str) + "\n")


def print_text(text: str) -> None:
    """Write a text as it is."""
    sys.stdout.write(f"{text.rstrip()}\n")


def show_error(error: RolecallError) -> None:
    """Say what went wrong and how to go on."""
    if isinstance(error, InvalidContract):
        for problem in error.problems:
            where = f"{problem.place}: " if problem.place else ""
            err.print(f"[bold]{escape(where)}[/]{escape(problem.what)} [dim]{escape(f'[{problem.id}]')}[/]")
            err.print(f"    {escape(problem.allowed)}")
        err.print(f"[red]{escape(error.what)}[/]")
        return
    err.print(f"[red]error:[/] {escape(error.what)}")
    if error.how_to_go_on:
        err.print(f"    {escape(error.how_to_go_on)}")


def problems_json(error: InvalidContract) -> dict[str, Any]:
    """Return a contract's problems as plain values."""
    return {
        "valid": False,
        "problems": [
            {
                "id": problem.id,
                "file": problem.place.file if problem.place else None,
                "line": problem.place.line if problem.place else None,
                "what": problem.what,
                "allowed": problem.allowed,
            }
            for problem in error.problems
        ],
    }
