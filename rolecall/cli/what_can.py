"""`rolecall what-can`: what can a subject do, in any number of steps?"""

from __future__ import annotations

from typing import Annotated

import typer

from rolecall.cli import options
from rolecall.cli.completion import complete_groups
from rolecall.console.answer_format import AnswerFormat


def what_can(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="SUBJECT", help="A group, PROJECT/PRINCIPAL, with --live a person.", autocompletion=complete_groups
        ),
    ],
    contract: options.QuestionContract = None,
    environment: options.EnvironmentOption = None,
    live: options.LiveOption = False,
    paths: options.PathsOption = 1,
    output: options.AnswerFormatOption = AnswerFormat.TABLE,
) -> None:
    """Show what a subject can do on every object, and as whom it can act, in any number of steps.

    People are known where the identity provider is read: `--live`.
    """
    from rolecall.console.questions import show_answers

    known = options.known_for_question(contract, environment, live=live)
    from rolecall.access.graph.questions import actors_named, in_environment
    from rolecall.access.graph.questions import what_can as answers

    found = answers(known.graph, actors_named(known.graph, subject, environment), paths)
    show_answers(known, in_environment(found, environment), output, "it can do nothing")
