"""`rolecall init`: a repository to start from."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Optional

import typer

from rolecall.cli.completion import complete_identity_providers, complete_orchestrators
from rolecall.starting.choices import Choices, CiChoice, CloudChoice


def init(
    folder: Annotated[Path, typer.Argument(help="Where to write it; made when it is not there.")] = Path(),
    organization: Annotated[
        Optional[str], typer.Option("--organization", help="Short name of the organization.")
    ] = None,
    identity_provider: Annotated[
        Optional[str],
        typer.Option(
            "--identity-provider",
            metavar="NAME",
            help="The identity provider of people and groups: okta, entra or another installed one.",
            autocompletion=complete_identity_providers,
        ),
    ] = None,
    orchestrator: Annotated[
        Optional[list[str]],
        typer.Option(
            "--orchestrator",
            metavar="NAME",
            help="An orchestrator that triggers jobs: conductor, harness, prefect or another installed one.",
            autocompletion=complete_orchestrators,
        ),
    ] = None,
    cloud: Annotated[Optional[CloudChoice], typer.Option("--cloud", help="The cloud of the workspaces.")] = None,
    ci: Annotated[Optional[CiChoice], typer.Option("--ci", help="What checks a change before it is merged.")] = None,
) -> None:
    """Write a starting repository: contract, program, tests, CODEOWNERS and a check for pull requests.

    It passes `rolecall check` and deploys to the local emulators (`rolecall local up`). Without
    options it prompts at a terminal, and otherwise uses Okta, no orchestrator, AWS and GitHub. It overwrites no file.
    """
    from rolecall.access.observation import Role
    from rolecall.console.output import out
    from rolecall.console.shown import terminal
    from rolecall.errors import UsageError
    from rolecall.starting.repository import link_environment, write_repository
    from rolecall.starting.systems import offered

    default = Choices()
    providers, orchestrators = offered(Role.IDENTITY_PROVIDER), offered(Role.ORCHESTRATOR)
    for name, allowed in ((identity_provider, providers), *((one, orchestrators) for one in orchestrator or ())):
        if name is not None and name not in allowed:
            raise UsageError(f"{name!r} is not available", f"Write one of {', '.join(allowed)}.")
    given = (organization, identity_provider, orchestrator, cloud, ci)
    if sys.stdin.isatty() and all(one is None for one in given):
        organization = typer.prompt("Short name of the organization", default.organization, err=True)
        identity_provider = _ask("Where people and groups live", providers, default.identity_provider)
        orchestrator = [*_ask_several("What triggers jobs beside Databricks", orchestrators)]
        cloud = CloudChoice(_ask("The cloud of the workspaces", [*CloudChoice], default.cloud))
        ci = CiChoice(_ask("What checks a change before it is merged", [*CiChoice], default.ci))
    name = organization if organization is not None else default.organization
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,38}", name):
        raise UsageError(f"{name!r} is no short name", "Write small letters, digits and '-', as in `acme`.")
    choices = Choices(
        name,
        identity_provider or default.identity_provider,
        tuple(sorted({*(orchestrator or ())})),
        cloud or default.cloud,
        ci or default.ci,
    )
    for path in write_repository(folder, choices):
        out.print(terminal(path))
    if not link_environment(folder, Path(sys.prefix)):
        out.print("Create its Python environment: python3 -m venv .venv && .venv/bin/pip install 'rolecall[local]'")
    out.print("Then: rolecall check, rolecall local up, rolecall preview")


def _ask(question: str, choices: Sequence[str], default: str) -> str:
    allowed = ", ".join(choices)
    while True:
        text: str = typer.prompt(f"{question} ({allowed})", default, err=True).strip().lower()
        if text in choices:
            return text
        typer.echo(f"Write one of {allowed}.", err=True)


def _ask_several(question: str, choices: Sequence[str]) -> Sequence[str]:
    allowed = ", ".join(choices)
    while True:
        text = typer.prompt(f"{question} ({allowed}; several separated by spaces, or none)", "none", err=True)
        names = [name for name in re.split(r"[\s,]+", text.strip().lower()) if name and name != "none"]
        if {*names} <= {*choices}:
            return names
        typer.echo(f"Write names out of {allowed}.", err=True)
