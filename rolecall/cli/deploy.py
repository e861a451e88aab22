"""`rolecall preview`, `rolecall up` and `rolecall destroy`: the engine on a contract's stacks, in their order."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from rolecall.console.output import Format

Environments = Annotated[
    Optional[list[str]], typer.Argument(metavar="[ENVIRONMENT]…", help="Only these; without any, all and the account.")
]
Packs = Annotated[Optional[list[Path]], typer.Option("--policy-pack", help="Policy pack to enforce; may be repeated.")]
Refresh = Annotated[bool, typer.Option("--refresh", "-r", help="Read the live state first, so that drift is repaired.")]
Output = Annotated[Format, typer.Option("--format", "-f", help="How to write the result.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def preview(
    environments: Environments = None,
    policy_pack: Packs = None,
    refresh: Refresh = False,
    output: Output = Format.TABLE,
) -> None:
    """Preview what would change, stack by stack: the account first, then each environment. Changes nothing."""
    _run("preview", environments, policy_pack, refresh, output)


def up(
    environments: Environments = None,
    policy_pack: Packs = None,
    refresh: Refresh = False,
    yes: Yes = False,
    output: Output = Format.TABLE,
) -> None:
    """Deploy the contract, stack by stack: the account first, then the environments, side by side.

    An environment that fails does not stop the others. Policies are asked in a preview, before anything happens.
    """
    if not yes:
        typer.confirm("Deploy the contract to the live systems?", abort=True)
    _run("up", environments, policy_pack, refresh, output)


def destroy(environments: Environments = None, yes: Yes = False, output: Output = Format.TABLE) -> None:
    """Remove everything that was deployed: the environments first, the account last."""
    if not yes:
        typer.confirm("Remove everything that Rolecall deployed?", abort=True)
    _run("destroy", environments, None, False, output)


def _run(
    operation: str, environments: list[str] | None, packs: list[Path] | None, refresh: bool, output: Format
) -> None:
    from rolecall.console.deployment import Deployment, run_stacks

    exit_code = run_stacks(Deployment(operation, environments or (), packs or (), refresh), output)
    if exit_code:
        raise typer.Exit(exit_code)
