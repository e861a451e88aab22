"""`rolecall`: the list of commands, and what happens when one fails."""

from __future__ import annotations

import errno
import gc
import os
import sys
from contextlib import suppress
from typing import Annotated

import typer

from rolecall import __version__
from rolecall.cli import (
    blast_radius,
    check,
    demo,
    deploy,
    diff,
    doctor,
    env,
    escalations,
    expiring,
    explain,
    grants,
    init,
    local,
    parity,
    path,
    policy,
    review,
    schema,
    snapshot,
    what_can,
    what_if,
    who_can,
    worker,
)
from rolecall.cli.examples import add_examples
from rolecall.errors import RolecallError
from rolecall.private import UMASK
from rolecall.secrecy import show_crash

# A full disk, a full quota, a file that may not grow, a file system that may only be read.
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS})

# A command's objects stay to its end, and looking through them for cycles costs a third of the time of a large one.
GARBAGE_THRESHOLDS = (50_000, 20, 50)

app = typer.Typer(
    name="rolecall",
    help="Who may do what on a machine-learning platform, from one contract, identical in every system.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    epilog="Start with `rolecall check`, then `rolecall grants`. Exit codes: 0 fine, 1 findings, 2 invalid contract or "
    "usage, 3 a system could not be reached, 4 changes pending (review, preview --detailed-exitcode).",
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
app.command("who-can")(who_can.who_can)
app.command("what-can")(what_can.what_can)
app.command("path")(path.path)
app.command("blast-radius")(blast_radius.blast_radius)
app.command("what-if")(what_if.what_if)
app.command("expiring")(expiring.expiring)
app.command("diff")(diff.diff)
app.command("review")(review.review)
app.command("snapshot")(snapshot.snapshot)
app.command("preview")(deploy.preview)
app.command("up")(deploy.up)
app.command("destroy")(deploy.destroy)
app.command("parity")(parity.parity)
app.add_typer(policy.app, name="policy")
app.add_typer(worker.app, name="worker")
app.command("explain")(explain.explain)
app.command("schema")(schema.schema)
app.command("doctor")(doctor.doctor)
app.command("env")(env.env)
app.add_typer(local.app, name="local")
app.command("demo")(demo.demo)
add_examples(app)


def main() -> None:
    """Run the command line; every error that Rolecall raises on purpose is shown without a traceback."""
    sys.excepthook = show_crash
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    try:
        app()
    except RolecallError as error:
        from rolecall.console.failure import show_error

        show_error(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted; the same command goes on from here\n")
        sys.exit(130)
    except BrokenPipeError:
        # The reader (head, less) has seen enough.
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        _show_no_room(error)


def _show_no_room(error: OSError) -> None:
    from rolecall.console.failure import show_error
    from rolecall.errors import OutputUnwritable

    # The interpreter would write what is left of the output at its end, and fail with another message.
    nothing = os.open(os.devnull, os.O_WRONLY)
    with suppress(OSError, ValueError):
        os.dup2(nothing, sys.stdout.fileno())
    where = f"{error.filename}" if error.filename else "the output, or a temporary file,"
    how = (
        "What is shown is not all of it. What a deployment did is in the states: make room, and run the same command "
        "again; it goes on from there."
    )
    shown = OutputUnwritable(f"{where} cannot be written: {error.strerror}", how)
    with suppress(OSError):
        show_error(shown)
    sys.exit(shown.exit_code)
