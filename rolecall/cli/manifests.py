"""`rolecall manifests`: what a contract means in a Kubernetes cluster."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from rolecall.cli.completion import complete_environments
from rolecall.cli.options import ContractArgument, compiled_offline
from rolecall.console.output import ManifestsFormat

FormatOption = Annotated[ManifestsFormat, typer.Option("--format", "-f", help="How to write it.")]


def manifests(
    environment: Annotated[
        str, typer.Option("--environment", "-e", help="The environment.", autocompletion=complete_environments)
    ],
    contract: ContractArgument = None,
    project: Annotated[Optional[str], typer.Option(help="Only this project.")] = None,
    admission: Annotated[
        bool, typer.Option("--admission", help="Also rules that the cluster enforces by itself, of any source.")
    ] = False,
    output: FormatOption = ManifestsFormat.YAML,
) -> None:
    """Write the objects of an environment's Kubernetes cluster: namespaces, service accounts, policies of the mesh.

    Apply them with `kubectl apply --server-side` or a GitOps tool, in their order: what admits a client stands before
    the Server that denies all others. `rolecall up` applies the same objects, and removes those that are not declared
    any more.
    """
    from rolecall.console.manifests import show_manifests
    from rolecall.today import today

    show_manifests(compiled_offline(contract, today()), environment, project, output, admission=admission)
