"""`rolecall expiring`: what ends soon, or has ended."""

from __future__ import annotations

from typing import Annotated

import typer

from rolecall.cli.options import ContractArgument, compiled_offline
from rolecall.console.output import Format


def expiring(
    contract: ContractArgument = None,
    within: Annotated[str, typer.Option(help="How far to look ahead, in days or weeks: 30d, 4w.")] = "30d",
    output: Annotated[Format, typer.Option("--format", "-f", help="How to write the result.")] = Format.TABLE,
) -> None:
    """List what ends within some days, or has ended: bindings, overrides, acceptances, deletions, exemptions.

    Reads no system. `check`, `preview` and `parity` warn of the same, 30 days ahead.
    """
    from rolecall.console.expiring import days_of, ending_soon, show_expiring
    from rolecall.today import today

    days, day = days_of(within), today()
    compiled = compiled_offline(contract, day)
    show_expiring(ending_soon(compiled, day, days), day, days, output)
