"""`rolecall who-can`: who can do something with an object, in any number of steps?"""

from __future__ import annotations

from typing import Annotated

import typer

from rolecall.cli.options import (
    AnswerFormatOption,
    EnvironmentOption,
    LiveOption,
    PathsOption,
    QuestionContract,
    compiled_for_questions,
)
from rolecall.console.answer_format import AnswerFormat


def who_can(
    verb: Annotated[str, typer.Argument(metavar="VERB", help="view, run, edit, manage, own or approve.")],
    target: Annotated[str, typer.Argument(metavar="OBJECT", help="PROJECT/NAME, or `job:PROJECT/NAME` with its kind.")],
    contract: QuestionContract = None,
    environment: EnvironmentOption = None,
    live: LiveOption = False,
    paths: PathsOption = 5,
    output: AnswerFormatOption = AnswerFormat.TABLE,
) -> None:
    """Show everybody who can do something with an object, in any number of steps, each with the role and line.

    Whoever may act as a stronger subject can do what that one can.
    """
    from rolecall.console.questions import known_access, show_answers

    known = known_access(compiled_for_questions(contract, environment, live=live), live=live)
    from rolecall.access.graph.questions import objects_named, rights_on
    from rolecall.access.graph.questions import who_can as answers

    rights = rights_on(known.graph, objects_named(known.graph, target, environment), verb)
    show_answers(known, answers(known.graph, rights, paths), output, "nobody can")
