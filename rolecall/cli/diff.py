"""`rolecall diff`: in what two environments differ, and why."""

from __future__ import annotations

from typing import Annotated

import typer

from rolecall.cli.options import ContractArgument, compiled_offline
from rolecall.console.output import DifferenceFormat


def diff(
    environments: Annotated[
        tuple[str, str], typer.Option("--environments", help="The two environments to compare, say: dev prod.")
    ],
    contract: ContractArgument = None,
    output: Annotated[
        DifferenceFormat, typer.Option("--format", "-f", help="How to write it.")
    ] = DifferenceFormat.TABLE,
) -> None:
    """Show what differs in access between two environments, and why: role, binding, file and line. Reads no system."""
    from rolecall.console.environment_difference import show_environment_difference
    from rolecall.today import today

    compiled = compiled_offline(contract, today())
    show_environment_difference(compiled, *environments, output)
