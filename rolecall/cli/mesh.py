"""`rolecall mesh`: who may call each service, by a cluster's objects and by the contract."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rolecall.cli.completion import complete_environments
from rolecall.cli.options import QuestionContract, compiled_offline
from rolecall.console.output import Format
from rolecall.errors import ExitCode


def mesh(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Lists of the cluster's API, one in a file.")],
    environment: Annotated[
        str, typer.Option("--environment", "-e", help="The environment.", autocompletion=complete_environments)
    ],
    contract: QuestionContract = None,
    no_gateway_api: Annotated[bool, typer.Option("--no-gateway-api", help="The cluster has no Gateway API.")] = False,
    output: Annotated[Format, typer.Option("--format", "-f", help="How to write it.")] = Format.TABLE,
) -> None:
    """Compare who may call each service by a cluster's objects with the contract: what is missing, extra or different.

    The policies are evaluated as Linkerd's policy controller and proxies do. Each list is an answer of the API, as
    `kubectl get --raw` writes it; a missing list is an error, which names the command.
    """
    from rolecall.console.mesh import show_mesh
    from rolecall.today import today

    if not show_mesh(compiled_offline(contract, today()), environment, files, output, gateway=not no_gateway_api):
        raise typer.Exit(ExitCode.FINDINGS)
