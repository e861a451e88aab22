"""`rolecall escalations`: who may act as somebody that may do more?"""

from __future__ import annotations

from typing import Annotated

import typer

from rolecall.cli.options import ContractArgument, compiled_offline
from rolecall.console.output import Format


def escalations(
    contract: ContractArgument = None,
    environment: Annotated[str | None, typer.Option("--environment", "-e", help="Only this environment.")] = None,
    output: Annotated[Format, typer.Option("--format", "-f", help="How to write it.")] = Format.TABLE,
) -> None:
    """Show who may act as a stronger subject, in any number of steps, and what that gives. Reads no system.

    Those in protected environments have to be accepted in the contract; without that, it is not valid.
    """
    from rolecall.console.escalations import show_escalations
    from rolecall.today import today

    day = today()
    show_escalations(compiled_offline(contract, day), environment, day, output)
