"""`rolecall refusals`: what enforcing the policies of a mesh would have refused."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rolecall.cli.completion import complete_environments
from rolecall.cli.options import QuestionContract, compiled_offline
from rolecall.console.output import Format
from rolecall.errors import ExitCode


def refusals(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="Metrics of proxies, in Prometheus' text format.")
    ],
    environment: Annotated[
        str, typer.Option("--environment", "-e", help="The environment.", autocompletion=complete_environments)
    ],
    contract: QuestionContract = None,
    output: Annotated[Format, typer.Option("--format", "-f", help="How to write it.")] = Format.TABLE,
) -> None:
    """Show which clients only `enforcement: audit` has admitted: those that `enforce` would have refused.

    Reads metrics of the mesh's proxies with the labels `namespace` and `client_id`, as Prometheus has them.
    """
    from rolecall.console.refusals import show_refusals
    from rolecall.today import today

    if not show_refusals(compiled_offline(contract, today()), environment, files, output):
        raise typer.Exit(ExitCode.FINDINGS)
