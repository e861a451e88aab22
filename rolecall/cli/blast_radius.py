"""`rolecall blast-radius`: what can an attacker do who acts as a subject?"""

from __future__ import annotations

from typing import Annotated

import typer

from rolecall.cli import options
from rolecall.console.answer_format import AnswerFormat


def blast_radius(
    subject: Annotated[
        str, typer.Argument(metavar="SUBJECT", help="A subject, repository, image or workload; for a token, its owner.")
    ],
    contract: options.QuestionContract = None,
    environment: options.EnvironmentOption = None,
    live: options.LiveOption = False,
    paths: options.PathsOption = 1,
    output: options.AnswerFormatOption = AnswerFormat.TABLE,
) -> None:
    """Show what an attacker who takes over a subject, repository or token can do beyond what everybody can do.

    The list begins with those it can act as, then what can be changed, then what can be used or seen.
    """
    from rolecall.console.questions import show_answers

    known = options.known_for_question(contract, environment, live=live)
    from rolecall.access.graph.questions import actors_named, beyond_everybody, in_environment, what_can, worst_first

    found = what_can(known.graph, actors_named(known.graph, subject, environment), paths)
    found = worst_first(beyond_everybody(known.graph, in_environment(found, environment)))
    show_answers(known, found, output, "nothing that everybody cannot do")
