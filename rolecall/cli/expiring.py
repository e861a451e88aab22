"""`rolecall expiring`: what ends soon, or has ended."""

from __future__ import annotations

from typing import Annotated

import typer

from rolecall.cli.options import AnswerFormatOption, ContractArgument, compiled_offline
from rolecall.console.answer_format import AnswerFormat


def expiring(
    contract: ContractArgument = None,
    within: Annotated[str, typer.Option(help="How far to look ahead, in days or weeks: 30d, 4w.")] = "30d",
    output: AnswerFormatOption = AnswerFormat.TABLE,
) -> None:
    """List what ends within some days, or has ended: bindings, overrides, acceptances, deletions, exemptions.

    With bindings end rights: who loses which, in any number of steps, with the path. Reads no system.
    `check`, `preview` and `parity` warn of what ends, 30 days ahead.
    """
    from rolecall.console.expiring import days_of, ending_soon, show_expiring
    from rolecall.today import today

    days, day = days_of(within), today()
    compiled = compiled_offline(contract, day)
    show_expiring(compiled, ending_soon(compiled, day, days), day, days, output)
