"""`rolecall`: the list of commands."""

from __future__ import annotations

import os
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
    history,
    identities,
    init,
    local,
    manifests,
    mesh,
    parity,
    path,
    policy,
    refusals,
    report,
    review,
    schema,
    snapshot,
    verify,
    what_can,
    what_if,
    who_can,
    worker,
)
from rolecall.cli.examples import add_examples
from rolecall.errors import EXIT_CODES
from rolecall.private import UMASK

app = typer.Typer(
    name="rolecall",
    help="Who may do what on a machine-learning platform, from one contract, identical in every system.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    epilog="\n\n".join(
        [
            "Start with `rolecall check`, then `rolecall grants`.",
            f"Exit codes: {'; '.join(f'{code:d} {meaning}' for code, meaning in EXIT_CODES.items())}.",
        ]
    ),
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
app.command("identities")(identities.identities)
app.command("manifests")(manifests.manifests)
app.command("mesh")(mesh.mesh)
app.command("refusals")(refusals.refusals)
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
app.command("verify")(verify.verify)
app.command("preview")(deploy.preview)
app.command("up")(deploy.up)
app.command("destroy")(deploy.destroy)
app.command("history")(history.history)
app.command("summary")(history.summary)
app.command("parity")(parity.parity)
app.command("report")(report.report)
app.add_typer(policy.app, name="policy")
app.add_typer(worker.app, name="worker")
app.command("explain")(explain.explain)
app.command("schema")(schema.schema)
app.command("doctor")(doctor.doctor)
app.command("env")(env.env)
app.add_typer(local.app, name="local")
app.command("demo")(demo.demo)
add_examples(app)
