"""`rolecall init`: a repository to start from."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Optional, TypeVar

import typer

from rolecall.starting.choices import Choices, CiChoice, CloudChoice, IdentityProviderChoice, OrchestratorChoice

Choice = TypeVar("Choice", bound=StrEnum)


def init(
    folder: Annotated[Path, typer.Argument(help="Where to write it; made when it is not there.")] = Path(),
    organization: Annotated[
        Optional[str], typer.Option("--organization", help="Short name of the organization.")
    ] = None,
    identity_provider: Annotated[
        Optional[IdentityProviderChoice], typer.Option("--identity-provider", help="Where people and groups live.")
    ] = None,
    orchestrator: Annotated[
        Optional[list[OrchestratorChoice]],
        typer.Option("--orchestrator", help="What triggers jobs beside Databricks; may be repeated."),
    ] = None,
    cloud: Annotated[Optional[CloudChoice], typer.Option("--cloud", help="The cloud of the workspaces.")] = None,
    ci: Annotated[Optional[CiChoice], typer.Option("--ci", help="What checks a change before it is merged.")] = None,
) -> None:
    """Write a starting repository: contract, program, tests, CODEOWNERS and a check for pull requests.

    It passes `rolecall check` and deploys to the local emulators (`rolecall local up`). Without
    options it asks at a terminal, and elsewhere uses Okta, no orchestrator, AWS and GitHub. It never overwrites a file.
    """
    from rolecall.console.output import out
    from rolecall.console.shown import terminal
    from rolecall.errors import UsageError
    from rolecall.starting.repository import link_environment, write_repository

    default = Choices()
    given = (organization, identity_provider, orchestrator, cloud, ci)
    if sys.stdin.isatty() and all(one is None for one in given):
        organization = typer.prompt("Short name of the organization", default.organization, err=True)
        identity_provider = _ask("Where people and groups live", IdentityProviderChoice, default.identity_provider)
        orchestrator = [*_ask_several("What triggers jobs beside Databricks", OrchestratorChoice)]
        cloud = _ask("The cloud of the workspaces", CloudChoice, default.cloud)
        ci = _ask("What checks a change before it is merged", CiChoice, default.ci)
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


def _ask(question: str, choices: type[Choice], default: Choice) -> Choice:
    allowed = ", ".join(choices)
    while True:
        text = typer.prompt(f"{question} ({allowed})", default.value, err=True).strip().lower()
        if text in {*choices}:
            return choices(text)
        typer.echo(f"Write one of {allowed}.", err=True)


def _ask_several(question: str, choices: type[Choice]) -> Sequence[Choice]:
    allowed = ", ".join(choices)
    while True:
        text = typer.prompt(f"{question} ({allowed}; several separated by spaces, or none)", "none", err=True)
        names = [name for name in re.split(r"[\s,]+", text.strip().lower()) if name and name != "none"]
        if {*names} <= {*choices}:
            return [choices(name) for name in names]
        typer.echo(f"Write names out of {allowed}.", err=True)
