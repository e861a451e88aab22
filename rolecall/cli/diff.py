"""`rolecall diff`: who can do more or less under another contract, or in another environment, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from rolecall.cli.completion import complete_environments
from rolecall.cli.options import QuestionContract, chosen_contract, compiled_offline
from rolecall.console.output import DifferenceFormat
from rolecall.errors import ExitCode


def diff(
    sides: Annotated[
        Optional[list[str]],  # typer reads the annotation at run time
        typer.Argument(
            metavar="[BEFORE..AFTER | BEFORE [AFTER]]",
            help="Revisions of the repository, or .yaml files; without them, HEAD and the working tree.",
        ),
    ] = None,
    environments: Annotated[
        Optional[tuple[str, str]],
        typer.Option(
            "--environments",
            help="Compare two environments of one contract instead, say: dev prod.",
            autocompletion=complete_environments,
        ),
    ] = None,
    contract: QuestionContract = None,
    output: Annotated[
        DifferenceFormat, typer.Option("--format", "-f", help="How to write it.")
    ] = DifferenceFormat.TABLE,
) -> None:
    """Show who gains and who loses access between two contracts or two environments, and why. Reads no system.

    Contracts are compared in any number of steps, today and whenever a binding ends, with a verdict for each
    environment: equivalent, less, more or incomparable. Settings other than access are not compared; `rolecall preview`
    shows them.
    """
    from rolecall.today import today

    day = today()
    if environments:
        from rolecall.console.environment_difference import show_environment_difference
        from rolecall.errors import UsageError

        if sides and (len(sides) > 1 or contract is not None):
            raise UsageError("two environments of one contract are compared", "Name one contract with --contract.")
        named = Path(sides[0]) if sides else contract
        differ = show_environment_difference(compiled_offline(named, day), *environments, output)
    else:
        from rolecall.console.contract_difference import show_contract_difference
        from rolecall.console.sides import two_contracts

        with two_contracts(sides or [], contract, lambda: chosen_contract(contract)) as (before, after):
            differ = show_contract_difference(before, after, day, output)
    if differ:
        raise typer.Exit(ExitCode.FINDINGS)
