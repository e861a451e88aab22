"""`rolecall report`: one page as evidence of who has access to what."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from rolecall.cli.completion import complete_environments
from rolecall.cli.options import ContractArgument, chosen_contract


def report(
    contract: ContractArgument = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write.")] = Path("report.html"),
    live: Annotated[
        bool, typer.Option("--live", help="Read the systems and compare; otherwise the contract alone is shown.")
    ] = False,
    environment: Annotated[
        Optional[list[str]],  # typer reads the annotation at run time
        typer.Option(
            "--environment",
            "-e",
            help="Compare only this one; may be repeated. Paths through others are still shown.",
            autocompletion=complete_environments,
        ),
    ] = None,
) -> None:
    """Write one HTML page: findings, who has what in every system, every path, escalations, what ends, the evidence.

    The page loads nothing from elsewhere. Without --live it is not compared with live access, and states that.
    """
    import os
    from datetime import UTC, datetime

    from rolecall.report.compose import compose
    from rolecall.report.gather import gather
    from rolecall.report.rendering import render
    from rolecall.report.showing import show_written
    from rolecall.report.writing import require_writable, write

    require_writable(out)
    sources = gather(
        chosen_contract(contract), datetime.now(UTC), os.environ, live=live, environments=environment or ()
    )
    page = compose(sources)
    show_written(page, write(render(page), out))
    if code := page.exit_code:
        raise typer.Exit(code)
