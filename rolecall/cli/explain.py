"""`rolecall explain`: what a problem of a contract, or a rule, means and how to go on."""

from __future__ import annotations

from typing import Annotated

import typer

from rolecall.cli.completion import complete_explained
from rolecall.console.output import Format


def explain(
    error: Annotated[
        str,
        typer.Argument(metavar="ID", help="The id of a problem or a rule.", autocompletion=complete_explained),
    ],
    output: Annotated[Format, typer.Option("--format", "-f", help="How to write it.")] = Format.TABLE,
) -> None:
    """Explain the id of a problem that `rolecall check` reports, or of a policy rule: its cause and how to fix it."""
    from rolecall.console.explanations import explain as explain_id

    explain_id(error, output)
