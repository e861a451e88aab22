"""`rolecall identities`: the identities of workloads in every system."""

from __future__ import annotations

from typing import Annotated

import typer

from rolecall.cli.options import ContractArgument, EnvironmentOption, compiled_offline
from rolecall.console.output import IdentitiesFormat
from rolecall.errors import ExitCode

FormatOption = Annotated[IdentitiesFormat, typer.Option("--format", "-f", help="How to write it.")]


def identities(
    contract: ContractArgument = None,
    environment: EnvironmentOption = None,
    output: FormatOption = IdentitiesFormat.TABLE,
) -> None:
    """Show each service principal with its service account, token subjects and mesh identity. Reads no system.

    A service principal without an identity that its workloads need, and an identity of two service principals, are
    findings: exit code 1.
    """
    from rolecall.console.identities import show_identities
    from rolecall.today import today

    if not show_identities(compiled_offline(contract, today()), environment, output):
        raise typer.Exit(ExitCode.FINDINGS)
