"""`rolecall diff`: in what two environments differ, and why."""

from __future__ import annotations

from typing import Annotated

import typer

from rolecall.cli.options import ContractArgument, chosen_contract
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
    from rolecall.compiled import compile_file
    from rolecall.console.environment_difference import show_environment_difference
    from rolecall.console.today import today

    compiled = compile_file(chosen_contract(contract), today())
    show_environment_difference(compiled, *environments, output)
