"""Ask before live systems are changed, once it is shown what will happen and where."""

from __future__ import annotations

import sys
from dataclasses import replace

import typer

from rolecall.console.output import err
from rolecall.console.shown import terminal
from rolecall.deploy.confirmation import destination
from rolecall.deploy.deployment import Deployment, Operation
from rolecall.deploy.session import Session
from rolecall.errors import UsageError


def require_terminal(operation: Operation) -> None:
    """Stop where no terminal can answer.

    Raises:
        UsageError: standard input is no terminal.
    """
    if not sys.stdin.isatty():
        raise UsageError(
            f"`rolecall {operation}` prompts before it changes anything, and there is no terminal",
            f"Look at the preview, then run `rolecall {operation} --yes`.",
        )


def preview_of(deployment: Deployment) -> Deployment:
    """Return the preview that is shown before a deployment is confirmed."""
    return replace(deployment, operation=Operation.PREVIEW)


def show_destination(session: Session) -> None:
    """Say which systems are changed."""
    for line in destination(session).sentences():
        err.print(f"  {terminal(line)}", highlight=False, soft_wrap=True)


def ask(operation: Operation) -> None:
    """Ask whether to go on.

    Raises:
        Abort: the answer is no.
    """
    question = "Delete all of this?" if operation is Operation.DESTROY else "Deploy this?"
    typer.confirm(question, default=False, abort=True, err=True)
