"""`rolecall`: the list of commands, and what happens when one fails."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from rolecall import __version__
from rolecall.cli import (
    check,
    demo,
    deploy,
    diff,
    doctor,
    env,
    escalations,
    expiring,
    grants,
    init,
    local,
    parity,
    policy,
    schema,
    worker,
)
from rolecall.cli.examples import add_examples
from rolecall.errors import RolecallError
from rolecall.private import UMASK
from rolecall.secrecy import show_crash

app = typer.Typer(
    name="rolecall",
    help="Who may do what on a machine-learning platform, from one contract, identical in every system.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    epilog="Start with `rolecall check`, then `rolecall grants`. Exit codes: 0 fine, 1 findings, 2 invalid contract or "
    "usage, 3 a system could not be reached.",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options of every command."""
    del version
    # What commands and the engines that they start write is for this user only.
    os.umask(UMASK)


app.command("check", cls=check.ManyFiles)(check.check)
app.command("init")(init.init)
app.command("grants")(grants.grants)
app.command("escalations")(escalations.escalations)
app.command("expiring")(expiring.expiring)
app.command("diff")(diff.diff)
app.command("preview")(deploy.preview)
app.command("up")(deploy.up)
app.command("destroy")(deploy.destroy)
app.command("parity")(parity.parity)
app.add_typer(policy.app, name="policy")
app.add_typer(worker.app, name="worker")
app.command("schema")(schema.schema)
app.command("doctor")(doctor.doctor)
app.command("env")(env.env)
app.add_typer(local.app, name="local")
app.command("demo")(demo.demo)
add_examples(app)


def main() -> None:
    """Run the command line; every error that Rolecall raises on purpose is shown without a traceback."""
    sys.excepthook = show_crash
    try:
        app()
    except RolecallError as error:
        from rolecall.console.output import show_error

        show_error(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted; the same command goes on from here\n")
        sys.exit(130)
    except BrokenPipeError:
        # The reader (head, less) has seen enough.
        sys.stderr.close()
        sys.exit(0)
