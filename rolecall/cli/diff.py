"""`rolecall diff`: in what two environments differ, and why."""

from __future__ import annotations

from typing import Annotated

import typer

from rolecall.cli.completion import complete_environments
from rolecall.cli.options import ContractArgument, compiled_offline
from rolecall.console.output import DifferenceFormat


def diff(
    environments: Annotated[
        tuple[str, str],
        typer.Option(
            "--environments",
            help="The two environments to compare, say: dev prod.",
            autocompletion=complete_environments,
        ),
    ],
    contract: ContractArgument = None,
    output: Annotated[
        DifferenceFormat, typer.Option("--format", "-f", help="How to write it.")
    ] = DifferenceFormat.TABLE,
) -> None:
    """Show what differs in access between two environments, and why: role, binding, file and line. Reads no system.

    Exits with 0 where nothing differs and with 1 where something does, as `diff` does.
    """
    from rolecall.console.environment_difference import show_environment_difference
    from rolecall.today import today

    compiled = compiled_offline(contract, today())
    if show_environment_difference(compiled, *environments, output):
        raise typer.Exit(1)
