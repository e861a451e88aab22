"""`rolecall history` and `rolecall summary`: what was deployed when and by whom, and what is deployed where."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from rolecall.cli.completion import complete_stacks
from rolecall.cli.options import ContractArgument, compiled_offline
from rolecall.console.output import Format

if TYPE_CHECKING:
    from rolecall.engine.state import States

Output = Annotated[Format, typer.Option("--format", "-f", help="How to write the result.")]


def history(
    environments: Annotated[
        Optional[list[str]],
        typer.Argument(
            metavar="[ENVIRONMENT]…",
            help="Only these environments, stacks, or `account`; without any, everything.",
            autocompletion=complete_stacks,
        ),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="The most runs to show.")] = 20,
    output: Output = Format.TABLE,
) -> None:
    """List the deployments of this project: when, what, by whom, from which commit, in which CI job. Reads no system.

    The state's backend records them. Who has deployed is what CI, or the machine, calls the user: information, and no
    proof. Runs of plain `pulumi` are listed, too.
    """
    from rolecall.console.history import show_history

    show_history(_states(), environments or (), limit, output)


def summary(contract: ContractArgument = None, output: Output = Format.TABLE) -> None:
    """Show what is deployed where: each stack with its workspace, its last deployment, by whom and from which commit.

    Reads the states and no system.
    """
    from rolecall.console.history import show_summary
    from rolecall.today import today

    show_summary(compiled_offline(contract, today()).contract, _states(), output)


def _states() -> States:
    import os

    from rolecall.console.project_root import project_root, project_states

    project_root()
    states = project_states(Path.cwd(), os.environ)
    assert states is not None
    return states
