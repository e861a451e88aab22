"""`rolecall init`: a repository to start from."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated

import typer


def init(
    folder: Annotated[Path, typer.Argument(help="Where to write it; made when it is not there.")] = Path(),
    organization: Annotated[str, typer.Option("--organization", help="Short name of the organization.")] = "acme",
) -> None:
    """Write a starting repository: contract, program, CODEOWNERS and a check for pull requests.

    It passes `rolecall check` and deploys to the local emulators (`rolecall local up`).
    """
    from rolecall.console.output import out
    from rolecall.console.shown import terminal
    from rolecall.errors import UsageError
    from rolecall.starting.repository import link_environment, write_repository

    if not re.fullmatch(r"[a-z][a-z0-9-]{0,38}", organization):
        raise UsageError(f"{organization!r} is no short name", "Write small letters, digits and '-', as in `acme`.")
    for path in write_repository(folder, organization):
        out.print(terminal(path))
    if not link_environment(folder, Path(sys.prefix)):
        out.print("Make its Python environment: python3 -m venv .venv && .venv/bin/pip install rolecall")
    out.print("Then: rolecall local up, rolecall check, rolecall preview")
