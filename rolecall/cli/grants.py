"""`rolecall grants`: who may do what, and why."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from rolecall.cli.completion import complete_environments, complete_groups
from rolecall.cli.options import ContractArgument, compiled_offline
from rolecall.console.output import GrantsFormat

Filter = Optional[str]


def grants(
    contract: ContractArgument = None,
    subject: Annotated[
        Filter, typer.Option(help="Only this group or service principal.", autocompletion=complete_groups)
    ] = None,
    name: Annotated[Filter, typer.Option("--object", help="Only objects whose name contains this text.")] = None,
    kind: Annotated[Filter, typer.Option(help="Only this kind, say job or dataset.")] = None,
    environment: Annotated[
        Filter, typer.Option("--environment", "-e", help="Only this environment.", autocompletion=complete_environments)
    ] = None,
    by: Annotated[str, typer.Option(help="Order: subject or object.")] = "subject",
    every: Annotated[bool, typer.Option("--all", help="Also what a higher verb includes already.")] = False,
    output: Annotated[GrantsFormat, typer.Option("--format", "-f", help="How to write it.")] = GrantsFormat.TABLE,
) -> None:
    """Show who may do what on what, and why: role, binding, file and line. Reads no system."""
    from rolecall.console.grants import Selection, show_grants
    from rolecall.today import today

    compiled = compiled_offline(contract, today())
    show_grants(compiled, Selection(subject, name, kind, environment, by, every), output)
