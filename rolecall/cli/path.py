"""`rolecall path`: how does one get from a subject to another, or to an object?"""

from __future__ import annotations

from typing import Annotated

import typer

from rolecall.cli import options
from rolecall.console.answer_format import AnswerFormat


def path(
    start: Annotated[str, typer.Argument(metavar="FROM", help="A group, PROJECT/PRINCIPAL, repository or person.")],
    end: Annotated[str, typer.Argument(metavar="TO", help="A subject or an object, say `job:PROJECT/NAME`.")],
    contract: options.QuestionContract = None,
    environment: options.EnvironmentOption = None,
    live: options.LiveOption = False,
    paths: options.PathsOption = 10,
    output: options.AnswerFormatOption = AnswerFormat.TABLE,
) -> None:
    """Show the ways from a subject to another one, or to the rights on an object, the shortest first."""
    from rolecall.console.questions import show_answers

    known = options.known_for_question(contract, environment, live=live)
    from rolecall.access.graph.questions import actors_named, between, ends_named

    starts = actors_named(known.graph, start, environment)
    found = between(known.graph, starts, ends_named(known.graph, end, environment), paths)
    show_answers(known, found, output, "there is no way")
