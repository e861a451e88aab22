"""`rolecall worker`: start the jobs that orchestrators ask for."""

from __future__ import annotations

from types import FunctionType
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from rolecall import plugins, settings
from rolecall.errors import UsageError


class Workers(TyperGroup):
    """Commands of Rolecall's workers, and of plugins with the entry-point group `rolecall.workers`."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all workers."""
        return [*super().list_commands(ctx), *self._installed(ctx)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a worker's command; that of another distribution is imported first."""
        point = self._installed(ctx).get(cmd_name)
        if point is None:
            return super().get_command(ctx, cmd_name)
        single = typer.Typer(add_completion=False)
        single.command(cmd_name)(point.load(FunctionType))
        return get_command(single)

    def _installed(self, ctx: Any) -> dict[str, plugins.EntryPoint]:
        found = {point.name: point for point in plugins.entry_points(plugins.WORKERS)}
        for name in sorted({*found} & {*super().list_commands(ctx)}):
            what = f"{found[name].distribution!r} publishes `{name}` in {plugins.WORKERS}, a worker of Rolecall's own"
            raise UsageError(what, f"Rename the entry point, or uninstall {found[name].distribution!r}.")
        return found


app = typer.Typer(
    cls=Workers,
    no_args_is_help=True,
    help="Start the jobs that an orchestrator requests, each as its own principal.",
)

Principal = Annotated[str, typer.Option(help="The service principal's display name, say prod-churn-trainer.")]
Workspaces = Annotated[
    list[str], typer.Option("--workspace", help="Address of a workspace that it may go to; may be repeated.")
]


@app.command("conductor")
def conductor(
    principal: Principal,
    workspace: Workspaces,
    seconds: Annotated[float, typer.Option(help="How long to wait where there is nothing to do.", min=0.01)] = 1.0,
    once: Annotated[bool, typer.Option("--once", help="End where there is nothing to do.")] = False,
) -> None:
    """Take up the tasks of one principal in Conductor until SIGTERM.

    Signs in to Conductor with the access key of the principal's application (CONDUCTOR_SERVER_URL, CONDUCTOR_AUTH_KEY,
    CONDUCTOR_AUTH_SECRET), and to Databricks with its platform's token: DATABRICKS_CLIENT_ID and
    DATABRICKS_OIDC_TOKEN_FILEPATH. It may be killed at any time, and several may run side by side.
    """
    from rolecall.console.worker import run_conductor_worker

    run_conductor_worker(principal, workspace, seconds, once=once)


@app.command("prefect")
def prefect(
    principal: Principal,
    workspace: Workspaces,
    once: Annotated[bool, typer.Option("--once", help="End once what is scheduled now is done.")] = False,
) -> None:
    """Take up the flow runs of one principal's work pool in Prefect until SIGTERM.

    Signs in to Prefect with an API key of the principal's service account (PREFECT_API_URL, PREFECT_API_KEY), and to
    Databricks with its platform's token: DATABRICKS_CLIENT_ID and DATABRICKS_OIDC_TOKEN_FILEPATH. It
    may be killed at any time. Needs Prefect: pip install 'rolecall[prefect]'.
    """
    from rolecall.console.worker import run_prefect_worker

    run_prefect_worker(principal, workspace, once=once)


@app.command("run")
def run(
    workspace: Annotated[str, typer.Option(envvar=settings.WORKSPACE.name, help="Address of the job's workspace.")],
    job_id: Annotated[int, typer.Option(envvar=settings.JOB_ID.name, help="The job's id there.")],
    correlation_id: Annotated[
        str,
        typer.Option(
            envvar=settings.CORRELATION_ID.name,
            help="The orchestrator's id of the execution; the same execution never starts a second run.",
        ),
    ],
    principal: Annotated[
        str, typer.Option(envvar=settings.PRINCIPAL.name, help="The service principal that the job runs as.")
    ] = "",
    triggered_by: Annotated[str, typer.Option(envvar=settings.TRIGGERED_BY.name, help="Who started it.")] = "",
    parameters: Annotated[
        str, typer.Option(envvar=settings.PARAMETERS.name, help="Values of the job's parameters, as a JSON object.")
    ] = "",
) -> None:
    """Run one job to its end, as a stage of a pipeline does (Harness).

    Signs in to Databricks with its platform's token: DATABRICKS_CLIENT_ID and
    DATABRICKS_OIDC_TOKEN_FILEPATH. The delegate's ROLECALL_WORKER_WORKSPACES names the workspaces that it may go to,
    and without it nothing is run; where ROLECALL_WORKER_PRINCIPAL is set, it runs nothing of another principal.
    """
    from rolecall.console.worker import run_one_job
    from rolecall.flows.one_run import parameters_of

    given = parameters_of(parameters)
    raise typer.Exit(run_one_job(workspace, principal, job_id, correlation_id, triggered_by, given))
