"""`rolecall who-can`: who can do something with an object, in any number of steps?"""

from __future__ import annotations

from typing import Annotated

import typer

from rolecall.cli import options
from rolecall.console.answer_format import AnswerFormat


def who_can(
    verb: Annotated[str, typer.Argument(metavar="VERB", help="view, run, edit, manage, own or approve.")],
    target: Annotated[str, typer.Argument(metavar="OBJECT", help="PROJECT/NAME, or `job:PROJECT/NAME` with its kind.")],
    contract: options.QuestionContract = None,
    environment: options.EnvironmentOption = None,
    live: options.LiveOption = False,
    paths: options.PathsOption = 5,
    output: options.AnswerFormatOption = AnswerFormat.TABLE,
) -> None:
    """Show everybody who can do something with an object, in any number of steps, each with the role and line.

    A subject that may act as a stronger one can do what that one can.
    """
    from rolecall.console.questions import show_answers

    known = options.known_for_question(contract, environment, live=live)
    from rolecall.access.graph.questions import objects_named, rights_on
    from rolecall.access.graph.questions import who_can as answers

    rights = rights_on(known.graph, objects_named(known.graph, target, environment), verb)
    show_answers(known, answers(known.graph, rights, paths), output, "no subject can")
