"""`rolecall local`: the emulators on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from rolecall import settings
from rolecall.errors import ExitCode

app = typer.Typer(help="Run the local emulators of the systems.", no_args_is_help=True)

PortOption = Annotated[int, typer.Option(envvar=settings.LOCAL_PORT.name, help="First port; the workspaces follow.")]


@app.command()
def up(
    description: Annotated[
        Optional[Path], typer.Argument(help="What they start with; without it, emulators.yaml beside the contract.")
    ] = None,
    port: PortOption = settings.LOCAL_PORT.default,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing when all is well.")] = False,
) -> None:
    """Start the emulators, with the state that they had when they were stopped."""
    from rolecall.cli.options import chosen_contract
    from rolecall.console.output import out
    from rolecall.console.project_root import project_root
    from rolecall.local import emulators

    chosen = description or chosen_contract(None).parent / emulators.DESCRIPTION
    running = emulators.up(project_root(), chosen, port)
    if not quiet:
        _show(running.addresses, running.pid)
        out.print('Use them in this shell: eval "$(rolecall env)"')


@app.command()
def status() -> None:
    """Return whether the emulators run, and where."""
    from rolecall.console.output import out
    from rolecall.console.project_root import project_root
    from rolecall.local import emulators

    running = emulators.status(project_root())
    if running is None:
        out.print("the emulators do not run; start them with `rolecall local up`")
        raise typer.Exit(ExitCode.FINDINGS)
    _show(running.addresses, running.pid)


@app.command()
def down(quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing when all is well.")] = False) -> None:
    """Stop the emulators; they keep their state."""
    from rolecall.console.output import out
    from rolecall.console.project_root import project_root
    from rolecall.local import emulators

    ran = emulators.down(project_root())
    if not quiet:
        out.print("stopped; their state is kept" if ran else "the emulators did not run")


@app.command()
def reset() -> None:
    """Bring the emulators back to what they started with. The stacks' state is not touched."""
    from rolecall.console.output import out
    from rolecall.console.project_root import project_root
    from rolecall.local import emulators

    runs = emulators.reset(project_root())
    out.print("reset" if runs else "reset; they do not run")
    out.print(
        "State of stacks that were deployed to them is now ahead of them: remove it with `rm -r .rolecall/state`."
    )


def _show(addresses: dict[str, str], pid: int) -> None:
    from rolecall.console.output import out
    from rolecall.console.shown import terminal

    for name, address in addresses.items():
        out.print(f"  {terminal(f'{name:24}')} {terminal(address)}")
    out.print(f"  process {terminal(pid)}")
