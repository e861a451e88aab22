"""`rolecall worker`: start the jobs that orchestrators ask for."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Start the jobs that an orchestrator asks for, each as its own principal.")


@app.command("conductor")
def conductor(
    principal: Annotated[str, typer.Option(help="The service principal's display name, say prod-churn-trainer.")],
    workspace: Annotated[list[str], typer.Option(help="Address of a workspace that it may go to; may be repeated.")],
    seconds: Annotated[float, typer.Option(help="How long to wait where there is nothing to do.", min=0.01)] = 1.0,
    once: Annotated[bool, typer.Option("--once", help="End where there is nothing to do.")] = False,
) -> None:
    """Take up the tasks of one principal in Conductor until it is told to end (SIGTERM).

    Signs in to Conductor with the access key of the principal's application (CONDUCTOR_SERVER_URL, CONDUCTOR_AUTH_KEY,
    CONDUCTOR_AUTH_SECRET), and to Databricks with the token that its platform gives it: DATABRICKS_CLIENT_ID and
    DATABRICKS_OIDC_TOKEN_FILEPATH. It may be killed at any time, and several may run side by side.
    """
    from rolecall.console.worker import run_conductor_worker

    run_conductor_worker(principal, workspace, seconds, once=once)
