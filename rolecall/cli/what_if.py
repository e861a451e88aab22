"""`rolecall what-if`: what would a change of the contract change in what is possible?"""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from rolecall.cli.options import QuestionContract, compiled_for_questions
from rolecall.console.answer_format import AnswerFormat
from rolecall.errors import ExitCode


def what_if(
    contract: QuestionContract = None,
    without: Annotated[
        Optional[list[str]],  # typer reads the annotation at run time
        typer.Option("--remove-group", metavar="GROUP", help="As if this group were gone; may be repeated."),
    ] = None,
    added: Annotated[
        Optional[list[str]],
        typer.Option(
            "--add-binding",
            metavar="BINDING",
            help="role=ROLE,to=SUBJECT,in=ENVIRONMENT+…, and project=PROJECT; may be repeated.",
        ),
    ] = None,
    output: Annotated[AnswerFormat, typer.Option("--format", "-f", help="How to write it.")] = AnswerFormat.TABLE,
) -> None:
    """Show who could do more or less after a change, which escalations come and go, and which invariants break.

    Changes nothing and reads no system.
    """
    from rolecall.console.what_if import show_change

    if show_change(compiled_for_questions(contract, None, live=False), without or [], added or [], output):
        raise typer.Exit(ExitCode.FINDINGS)
