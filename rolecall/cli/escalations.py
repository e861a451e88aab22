"""`rolecall escalations`: who may act as a stronger subject?"""

from __future__ import annotations

from typing import Annotated

import typer

from rolecall.cli.options import ContractArgument, LiveOption, compiled_for_questions, compiled_offline
from rolecall.console.output import Format


def escalations(
    contract: ContractArgument = None,
    environment: Annotated[str | None, typer.Option("--environment", "-e", help="Only this environment.")] = None,
    live: LiveOption = False,
    output: Annotated[Format, typer.Option("--format", "-f", help="How to write it.")] = Format.TABLE,
) -> None:
    """Show who may act as a stronger subject, in any number of steps, and what they gain.

    Those in protected environments have to be accepted in the contract; without that, it is not valid. With --live,
    what was given by hand counts too: the systems are read, as for parity.
    """
    from rolecall.console.escalations import show_escalations
    from rolecall.today import today

    day = today()
    compiled = compiled_for_questions(contract, environment, live=True) if live else compiled_offline(contract, day)
    show_escalations(compiled, environment, day, output, live=live)
